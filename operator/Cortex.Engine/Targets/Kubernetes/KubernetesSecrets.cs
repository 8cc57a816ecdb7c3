using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Runtime;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// Passwords and key pairs as Secrets with one entry each. They have no owner reference: the secrets that give access to the data are kept
/// as long as the data.
/// </summary>
internal sealed class KubernetesSecrets(KubernetesObjects objects)
{
    private const string Pair = "pair.pem";
    private const string Password = "password";

    /// <summary>The name of the entry, by which applications mount the password.</summary>
    public static string EntryOf(ClusterKey cluster, string secret) =>
        secret == Names.SuperuserSecret(cluster.Name) || secret == Names.ApplicationSecret(cluster.Name) ? Password : Pair;

    public async Task<IReadOnlyList<SecretSeen>> ListAsync(ClusterKey cluster, CancellationToken ct) =>
        [
            .. (await AllAsync(cluster, ct)).Select(
                secret => new SecretSeen(secret.Metadata.Name, $"{secret.Metadata.Uid}/{secret.Metadata.ResourceVersion}")),
        ];

    public Task StoreAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        var wanted = new V1Secret
        {
            Metadata = new() { Name = name, NamespaceProperty = cluster.Namespace, Labels = Labels.Of(cluster) },
            Type = "Opaque",
            Data = new Dictionary<string, byte[]> { [EntryOf(cluster, name)] = content.ToArray() },
        };
        return KubernetesObjects.ApplyAsync(objects.Secrets, cluster, wanted, ct);
    }

    public async Task<IReadOnlyDictionary<string, byte[]>> ReadAsync(
        ClusterKey cluster, IReadOnlyList<string> names, CancellationToken ct) =>
        (await AllAsync(cluster, ct)).Where(secret => names.Contains(secret.Metadata.Name))
            .Select(
                secret => (secret.Metadata.Name,
                    Content: secret.Data?.TryGetValue(EntryOf(cluster, secret.Metadata.Name), out var content) == true ? content : null))
            .Where(entry => entry.Content is not null)
            .ToDictionary(entry => entry.Name, entry => entry.Content!);

    public async Task DeleteAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        var key = new ObjectKey(cluster.Namespace, name);
        if (await objects.Secrets.GetAsync(key, ct) is { } there)
        {
            KubernetesObjects.Demand(cluster, there);
            await objects.Secrets.DeleteAsync(key, there.Metadata.Uid, ct);
        }
    }

    private Task<IReadOnlyList<V1Secret>> AllAsync(ClusterKey cluster, CancellationToken ct) =>
        objects.Secrets.ListAsync(cluster.Namespace, ct, Labels.Of(cluster));
}
