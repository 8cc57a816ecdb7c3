using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Operator.LocalState;

namespace Cortex.Cli.Access;

/// <summary>
/// What a client needs to connect: the CA certificate and a passfile, both private files, and the connection string that names them.
/// </summary>
internal sealed class ClientAccess(StateDirectory state, ICredentialSource source)
{
    /// <summary>Writes the files of a cluster, unless they are already up to date.</summary>
    /// <returns>The connection string that finds the primary. It contains no password.</returns>
    /// <exception cref="CommandException">The cluster has no credentials yet.</exception>
    public Task<ConnInfo> ExportAsync(CortexCluster cluster, CancellationToken ct) =>
        ExportAsync(cluster, VersionAsync(cluster.Key(), ct), ct);

    /// <summary>The same with a version that was asked for before, so that both answers are waited for at once.</summary>
    public async Task<ConnInfo> ExportAsync(CortexCluster cluster, Task<string?> asked, CancellationToken ct)
    {
        var (certificate, passfile) = Files(cluster.Key());
        var seal = Path.Combine(Path.GetDirectoryName(passfile)!, "seal");
        var version = await asked;
        // After the version, whose request also tells where the pods are: a pod that was not yet replaced after a change of its address is
        // still at its old address.
        var servers = source.Servers(cluster);
        var instances = Membership.Members(cluster);
        IReadOnlyList<Endpoint> all = [.. servers.Union(instances.Select(instance => source.Server(cluster, instance)))];
        if (version is null || Text(seal) != Seal(version, all, cluster.Spec.Database.Owner, Text(certificate), Text(passfile)))
        {
            await WriteAsync(cluster, all, ct);
            if (version is not null)
            {
                StateDirectory.Write(seal, Seal(version, all, cluster.Spec.Database.Owner, Text(certificate), Text(passfile)));
            }
        }

        return ConnInfo.ForClients(servers, cluster.Spec.Database.Name, cluster.Spec.Database.Owner, certificate, passfile);
    }

    /// <inheritdoc cref="ICredentialSource.VersionAsync"/>
    public Task<string?> VersionAsync(ClusterKey cluster, CancellationToken ct) => source.VersionAsync(cluster, ct);

    /// <summary>The same for one instance, whatever its role is.</summary>
    public ConnInfo Only(ConnInfo access, CortexCluster cluster, string instance)
    {
        var server = source.Server(cluster, instance);
        return access.With("host", server.Host)
            .With("port", server.Port.ToString(CultureInfo.InvariantCulture))
            .With("target_session_attrs", "any");
    }

    public (string Certificate, string Passfile) Files(ClusterKey cluster)
    {
        var folder = state.ClientFiles(source.Api, cluster.Namespace, cluster.Name);
        return (Path.Combine(folder, "ca.crt"), Path.Combine(folder, "passfile"));
    }

    /// <summary>https://www.postgresql.org/docs/current/libpq-pgpass.html</summary>
    public static string PassLines(IEnumerable<Endpoint> servers, string user, string password) => string.Concat(servers.Select(server =>
        string.Create(CultureInfo.InvariantCulture, $"{Escape(server.Host)}:{server.Port}:*:{Escape(user)}:{Escape(password)}\n")));

    private async Task WriteAsync(CortexCluster cluster, IReadOnlyList<Endpoint> servers, CancellationToken ct)
    {
        if (await source.ReadAsync(cluster, ct) is not { } credentials)
        {
            throw new CommandException($"{cluster.Key()} has no credentials yet", "wait until status shows Ready");
        }

        var (certificate, passfile) = Files(cluster.Key());
        StateDirectory.Write(certificate, credentials.AuthorityPem);
        StateDirectory.Write(passfile, PassLines(servers, cluster.Spec.Database.Owner, credentials.Password));
    }

    /// <summary>A hash that shows whether the files still belong to these credentials and servers and were not changed since.</summary>
    private static string Seal(string version, IReadOnlyList<Endpoint> servers, string owner, string certificate, string passfile) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\0', version, PassLines(servers, owner, ""), certificate, passfile))));

    private static string Text(string file) => File.Exists(file) ? File.ReadAllText(file) : "";

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
}
