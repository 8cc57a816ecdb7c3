using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Cortex.Core.Postgres;

/// <summary>Where one server listens.</summary>
public sealed record Endpoint(string Host, int Port);

/// <summary>A server as other instances reach it.</summary>
/// <param name="Host">The name in its certificate.</param>
/// <param name="Address">Its address, so that no name server is asked; null where only the name is known.</param>
public sealed record Member(string Host, string? Address = null);

/// <summary>
/// A libpq connection string; immutable. <see cref="ToString"/> is the keyword form, <see cref="ToUri"/> the other. It never contains a
/// password.
/// </summary>
/// <remarks>https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING</remarks>
public sealed class ConnInfo
{
    public static readonly ConnInfo Empty = new([]);

    private readonly ImmutableArray<KeyValuePair<string, string>> words;

    private ConnInfo(ImmutableArray<KeyValuePair<string, string>> words) => this.words = words;

    /// <summary>How a standby follows the one of <paramref name="members"/> that is the primary.</summary>
    /// <param name="instance">The standby's own name, as pg_stat_replication and synchronous_standby_names have it.</param>
    public static ConnInfo ForReplication(
        IReadOnlyList<Member> members, int port, ServerPaths paths, string instance, int majorVersion) =>
        ForMembers(members, port, paths, majorVersion)
            .With("application_name", instance)
            // Known since version 15. It asks whether the server is in recovery, which a walsender session can answer, too.
            .With("target_session_attrs", "primary");

    /// <summary>The prefix of the instance's name in the application name of the programs that create its data.</summary>
    public const string CopyFor = "copy for ";

    /// <summary>
    /// How a one-shot program (pg_basebackup, pg_rewind) reaches exactly one member as the replication role. Its application name is not
    /// that of the instance: pg_basebackup reports what it has on disk as a standby does, and a commit must not wait for a copy that may
    /// never be used.
    /// </summary>
    public static ConnInfo ForClone(Member source, int port, ServerPaths paths, string instance, int majorVersion) =>
        // There is no other host to try, and a server that is busy with its own start may accept the connection late.
        ForMembers([source], port, paths, majorVersion).With("application_name", $"{CopyFor}{instance}").With("connect_timeout", "30");

    /// <summary>What users put into their programs: it finds the writable server before and after a promotion.</summary>
    /// <param name="passFile">A file in .pgpass form (mode 0600); null where the client provides its password itself.</param>
    public static ConnInfo ForClients(
        IReadOnlyList<Endpoint> servers, string database, string user, string authorityCertificate, string? passFile = null)
    {
        var info = Empty
            .With("host", List(servers.Select(server => server.Host)))
            .With("port", List(servers.Select(server => server.Port.ToString(CultureInfo.InvariantCulture))))
            .With("dbname", database)
            .With("user", user)
            .With("target_session_attrs", "read-write")
            .With("sslmode", "verify-full")
            .With("sslrootcert", authorityCertificate)
            .With("connect_timeout", "3");
        return passFile is null ? info : info.With("passfile", passFile);
    }

    /// <summary>The same with one keyword set; a keyword set twice keeps its place and takes the later value.</summary>
    /// <exception cref="ArgumentException">The keyword is not valid, the value has a control character, or it is a password.</exception>
    public ConnInfo With(string keyword, string value)
    {
        if (keyword.Length == 0 || !keyword.All(c => char.IsAsciiLetterLower(c) || c is '_') || keyword is "password" or "sslpassword")
        {
            throw new ArgumentException(
                $"\"{keyword}\" is not a keyword that a connection string may have; passwords belong in a passfile.", nameof(keyword));
        }

        if (value.Any(char.IsControl))
        {
            throw new ArgumentException($"The value of {keyword} has a control character.", nameof(value));
        }

        var word = KeyValuePair.Create(keyword, value);
        return words.Select((have, at) => (have.Key, at)).FirstOrDefault(have => have.Key == keyword) is ({ }, var place)
            ? new ConnInfo(words.SetItem(place, word))
            : new ConnInfo(words.Add(word));
    }

    /// <summary>Keyword form: <c>host=a,b port=5432 …</c>.</summary>
    public override string ToString() => string.Join(' ', words.Select(word => $"{word.Key}={Quote(word.Value)}"));

    /// <summary>URI form: <c>postgresql://user@a:5432,b:5432/database?…</c>.</summary>
    public string ToUri()
    {
        var left = words.ToDictionary(StringComparer.Ordinal);
        string Take(string keyword) => left.Remove(keyword, out var value) ? value : "";
        var uri = new StringBuilder("postgresql://");
        if (Take("user") is { Length: > 0 } user)
        {
            uri.Append(Uri.EscapeDataString(user)).Append('@');
        }

        var ports = Take("port").Split(',');
        var hosts = Take("host").Split(',').Select((host, at) => UriHost(host) + UriPort(ports[at % ports.Length]));
        uri.AppendJoin(',', hosts).Append('/').Append(Uri.EscapeDataString(Take("dbname")));
        var query = words.Where(word => left.ContainsKey(word.Key)).Select(word => $"{word.Key}={Uri.EscapeDataString(word.Value)}");
        return uri.Append(left.Count > 0 ? "?" : "").AppendJoin('&', query).ToString();
    }

    /// <summary>
    /// A promoted server accepts writes only once its WAL receiver has ended, and a WAL receiver that waits for a name server does not end.
    /// So each member has its address beside its name. The certificate is still verified by the name
    /// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-HOSTADDR).
    /// </summary>
    private static ConnInfo ForMembers(IReadOnlyList<Member> members, int port, ServerPaths paths, int majorVersion) => Located(members)
        .With("port", port.ToString(CultureInfo.InvariantCulture))
        .With("user", Roles.Replication)
        .With("sslmode", "verify-full")
        .With("sslrootcert", paths.AuthorityCertificate)
        .With("sslcert", paths.ReplicationPair)
        .With("sslkey", paths.ReplicationPair)
        // A dead host must not delay the search for the living one.
        .With("connect_timeout", "2")
        .With("keepalives_idle", "5")
        .With("keepalives_interval", "2")
        .With("keepalives_count", "3")
        .With("tcp_user_timeout", "10000")
        .With("options", SessionOptions.Replication(majorVersion));

    private static ConnInfo Located(IReadOnlyList<Member> members)
    {
        var named = Empty.With("host", List(members.Select(member => member.Host)));
        // An empty item means that this host is reached by its name.
        return members.Any(member => member.Address is not null)
            ? named.With("hostaddr", string.Join(',', members.Select(member => member.Address)))
            : named;
    }

    private static string List(IEnumerable<string> items)
    {
        var list = items.ToArray();
        return list is not [] && list.All(item => item.Length > 0 && !item.Contains(',', StringComparison.Ordinal))
            ? string.Join(',', list)
            : throw new ArgumentException(
                "A connection string needs at least one host, none of them empty or with a comma in it.", nameof(items));
    }

    private static string Quote(string value) => value.Length > 0 && !value.Any(c => c is '\'' or '\\' || char.IsWhiteSpace(c))
        ? value
        : $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    private static string UriHost(string host) =>
        host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : Uri.EscapeDataString(host);

    private static string UriPort(string port) => port.Length > 0 ? $":{port}" : "";
}
