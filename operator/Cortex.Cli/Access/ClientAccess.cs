using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Cortex.Operator.LocalState;

namespace Cortex.Cli.Access;

/// <summary>What a client needs to get in: the authority's certificate and a passfile, both private files, and the connection string that names them.</summary>
internal sealed class ClientAccess(StateDirectory state, IExecutionTarget target)
{
    /// <summary>Writes the files of a cluster, where they are not there yet.</summary>
    /// <returns>The connection string that finds the primary. No password is in it.</returns>
    /// <exception cref="CommandException">The cluster has no credentials yet.</exception>
    public async Task<ConnInfo> ExportAsync(CortexCluster cluster, CancellationToken ct)
    {
        var key = ClusterChoice.Key(cluster);
        var (certificate, passfile) = Files(key);
        var seal = Path.Combine(Path.GetDirectoryName(passfile)!, "seal");
        var sources = await SourcesAsync(key, ct);
        // After the target has listed the pods, and knows where they are: a pod that is not yet made anew for a changed address is still where it was.
        var servers = ClusterChoice.InstancesOf(cluster).Select(instance => Server(cluster, instance)).ToList();
        // Podman reads a secret back in a container, which takes longer than all the rest.
        if (sources is null || Text(seal) != Seal(sources, servers, cluster.Spec.Database.Owner, Text(certificate), Text(passfile)))
        {
            await WriteAsync(cluster, servers, ct);
            if (sources is not null)
            {
                StateDirectory.Write(seal, Seal(sources, servers, cluster.Spec.Database.Owner, Text(certificate), Text(passfile)));
            }
        }

        return ConnInfo.ForClients(servers, cluster.Spec.Database.Name, cluster.Spec.Database.Owner, certificate, passfile);
    }

    /// <summary>The same for one instance, whatever its role.</summary>
    public ConnInfo Only(ConnInfo access, CortexCluster cluster, string instance)
    {
        var server = Server(cluster, instance);
        return access.With("host", server.Host).With("port", server.Port.ToString(CultureInfo.InvariantCulture)).With("target_session_attrs", "any");
    }

    public (string Certificate, string Passfile) Files(ClusterKey cluster)
    {
        var folder = state.ClientFiles(cluster.Namespace, cluster.Name);
        return (Path.Combine(folder, "ca.crt"), Path.Combine(folder, "passfile"));
    }

    /// <summary>https://www.postgresql.org/docs/current/libpq-pgpass.html</summary>
    public static string PassLines(IEnumerable<Endpoint> servers, string user, string password) => string.Concat(servers.Select(server =>
        string.Create(CultureInfo.InvariantCulture, $"{Escape(server.Host)}:{server.Port}:*:{Escape(user)}:{Escape(password)}\n")));

    private static string[] SecretsOf(ClusterKey cluster) => [Names.CaSecret(cluster.Name), Names.ApplicationSecret(cluster.Name)];

    /// <summary>What the target calls the contents of the secrets by; null where it does not have them all.</summary>
    private async Task<IReadOnlyList<string>?> SourcesAsync(ClusterKey cluster, CancellationToken ct)
    {
        var names = SecretsOf(cluster);
        var found = (await target.ListAsync(cluster, ct)).Secrets.Where(one => names.Contains(one.Name)).OrderBy(one => one.Name, StringComparer.Ordinal).Select(one => one.Id).ToList();
        return found.Count == names.Length ? found : null;
    }

    private async Task WriteAsync(CortexCluster cluster, IReadOnlyList<Endpoint> servers, CancellationToken ct)
    {
        var key = ClusterChoice.Key(cluster);
        var names = SecretsOf(key);
        var secrets = await target.ReadSecretsAsync(key, cluster.Spec.Image, names, ct);
        if (PairFile.Read(secrets.GetValueOrDefault(names[0])) is not { } authority || !secrets.TryGetValue(names[1], out var password))
        {
            throw new CommandException($"{key} has no credentials yet", "wait until status says Ready");
        }

        var (certificate, passfile) = Files(key);
        StateDirectory.Write(certificate, authority.CertificatePem);
        StateDirectory.Write(passfile, PassLines(servers, cluster.Spec.Database.Owner, Encoding.UTF8.GetString(password)));
    }

    /// <summary>Tells whether the files are still what was made of these secrets and servers, and were not touched since.</summary>
    private static string Seal(IReadOnlyList<string> sources, IReadOnlyList<Endpoint> servers, string owner, string certificate, string passfile) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', [.. sources, PassLines(servers, owner, ""), certificate, passfile]))));

    private static string Text(string file) => File.Exists(file) ? File.ReadAllText(file) : "";

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);

    private Endpoint Server(CortexCluster cluster, string instance)
    {
        var address = target.AddressOf(ClusterChoice.Key(cluster), cluster.Spec, instance);
        return new Endpoint(address.Host, address.Port);
    }
}
