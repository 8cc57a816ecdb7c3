using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;

namespace Cortex.Cli.Access;

/// <summary>Credentials from Podman's secrets, and servers at the ports of this machine.</summary>
internal sealed class PodmanCredentials(IClientInventory inventory, ISecretStore store, IAddresses addresses) : ICredentialSource
{
    public string? Api => null;

    public async Task<string?> VersionAsync(ClusterKey cluster, CancellationToken ct)
    {
        var names = SecretsOf(cluster);
        var found = (await inventory.LookForClientAsync(cluster, ct)).Where(secret => names.Contains(secret.Name))
            .OrderBy(secret => secret.Name, StringComparer.Ordinal)
            .ToList();
        return found.Count == names.Length ? string.Join('\0', found.Select(secret => secret.Id)) : null;
    }

    /// <summary>Slow: only a container can read a secret of Podman, and to start it takes longer than the rest of a command.</summary>
    public async Task<ClientCredentials?> ReadAsync(CortexCluster cluster, CancellationToken ct)
    {
        var names = SecretsOf(cluster.Key());
        var secrets = await store.ReadSecretsAsync(cluster.Key(), cluster.Spec.Image, names, ct);
        return PairFile.Read(secrets.GetValueOrDefault(names[0])) is { } authority && secrets.TryGetValue(names[1], out var password)
            ? new ClientCredentials(authority.CertificatePem, Encoding.UTF8.GetString(password))
            : null;
    }

    public IReadOnlyList<Endpoint> Servers(CortexCluster cluster) =>
        [.. Membership.Members(cluster).Select(instance => Server(cluster, instance))];

    public Endpoint Server(CortexCluster cluster, string instance)
    {
        var address = addresses.AddressOf(cluster.Key(), cluster.Spec, instance);
        return new Endpoint(address.Host, address.Port);
    }

    private static string[] SecretsOf(ClusterKey cluster) => [Names.CaSecret(cluster.Name), Names.ApplicationSecret(cluster.Name)];
}
