namespace Cortex.Core.Postgres;

/// <summary>A database or role field of pg_hba.conf: a keyword, or a name that is quoted so that it cannot be taken for one.</summary>
public sealed record HbaMatch
{
    public static readonly HbaMatch All = new("all");
    public static readonly HbaMatch Replication = new("replication");

    private HbaMatch(string text) => Text = text;

    internal string Text { get; }

    /// <exception cref="ArgumentException">A name that cannot be written: empty, with a control character, or with a leading slash,
    /// which even in quotes begins a regular expression from 16 on.</exception>
    public static HbaMatch Name(string name) => name.Length == 0 || name[0] == '/' || name.Any(char.IsControl)
        ? throw new ArgumentException($"\"{name}\" cannot be named in pg_hba.conf.", nameof(name))
        : new HbaMatch($"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
}

/// <summary>One record of pg_hba.conf; <see cref="ToString"/> is its line.</summary>
/// <remarks>https://www.postgresql.org/docs/current/auth-pg-hba-conf.html</remarks>
public sealed record HbaRule
{
    /// <summary>
    /// No plaintext, from any address, for any role. GSS encryption counts as plaintext, because it is not the cluster's TLS.
    /// </summary>
    public static readonly HbaRule NoPlaintext = new("hostnossl", HbaMatch.All, HbaMatch.All, "all", "reject");

    private HbaRule(string type, HbaMatch database, HbaMatch role, string address, string method) =>
        (Type, Database, Role, Address, Method) = (type, database, role, address, method);

    public string Type { get; }

    public HbaMatch Database { get; }

    public HbaMatch Role { get; }

    public string Address { get; }

    public string Method { get; }

    /// <summary>Over the socket, the system's user of the same name: programs inside the container.</summary>
    public static HbaRule Peer(HbaMatch database, string role) => new("local", database, HbaMatch.Name(role), "", "peer");

    /// <summary>Over TLS from anywhere, by a client certificate whose common name is the role.</summary>
    public static HbaRule Certificate(HbaMatch database, string role) => new("hostssl", database, HbaMatch.Name(role), "all", "cert");

    /// <summary>Over TLS from anywhere, by password.</summary>
    public static HbaRule Password(HbaMatch database, HbaMatch role) => new("hostssl", database, role, "all", "scram-sha-256");

    public override string ToString() =>
        string.Join(' ', new[] { Type, Database.Text, Role.Text, Address, Method }.Where(field => field.Length > 0));
}
