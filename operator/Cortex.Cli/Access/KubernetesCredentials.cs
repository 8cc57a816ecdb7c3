using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Runtime;
using k8s;
using k8s.Models;

namespace Cortex.Cli.Access;

/// <summary>
/// Credentials from the objects that docs/kubernetes.md names for clients: the certificate from the ConfigMap, the password from the
/// Secret. The servers are the services, with the names that the certificates contain.
/// </summary>
internal sealed class KubernetesCredentials(ApiConnection connection, string api) : ICredentialSource
{
    private const string Authority = "ca.crt";
    private const string Password = "password";

    private readonly ResourceClient<V1ConfigMap> maps = new(connection);
    private readonly ResourceClient<V1Secret> secrets = new(connection);

    public string? Api => api;

    public async Task<string?> VersionAsync(ClusterKey cluster, CancellationToken ct) =>
        await FindAsync(cluster, ct) is var (map, secret) ? string.Join('\0', Version(map), Version(secret)) : null;

    public async Task<ClientCredentials?> ReadAsync(CortexCluster cluster, CancellationToken ct) =>
        await FindAsync(cluster.Key(), ct) is var (map, secret)
        && map.Data?.TryGetValue(Authority, out var authority) == true
        && secret.Data?.TryGetValue(Password, out var password) == true
            ? new ClientCredentials(authority, Encoding.UTF8.GetString(password))
            : null;

    public IReadOnlyList<Endpoint> Servers(CortexCluster cluster) => [Server(cluster, Names.ReadWriteService(cluster.Metadata.Name))];

    public Endpoint Server(CortexCluster cluster, string instance) => new(Names.Host(cluster.Key(), instance), InstancePod.Port);

    private async Task<(V1ConfigMap Map, V1Secret Secret)?> FindAsync(ClusterKey cluster, CancellationToken ct)
    {
        var map = maps.GetAsync(new ObjectKey(cluster.Namespace, Names.Connection(cluster.Name)), ct);
        var secret = await secrets.GetAsync(new ObjectKey(cluster.Namespace, Names.ApplicationSecret(cluster.Name)), ct);
        return (await map, secret) is ({ } found, { } stored) ? (found, stored) : null;
    }

    private static string Version(IKubernetesObject<V1ObjectMeta> item) => $"{item.Metadata.Uid}/{item.Metadata.ResourceVersion}";
}
