using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>Passwords and keys, in the target's own store for secrets.</summary>
public interface ISecretStore
{
    /// <summary>Stores a secret, and replaces an existing one of the same name.</summary>
    Task StoreSecretAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct);

    /// <summary>The content of the named secrets that exist. It passes through memory only.</summary>
    /// <param name="image">The image for a container that reads them, where the target needs one.</param>
    Task<IReadOnlyDictionary<string, byte[]>> ReadSecretsAsync(
        ClusterKey cluster, string image, IReadOnlyList<string> names, CancellationToken ct);

    /// <summary>
    /// The versions of secrets of the user, of those that exist, by name. A secret that the operator stored for a cluster does not count.
    /// Their content is not read.
    /// </summary>
    Task<IReadOnlyDictionary<string, string>> VersionsAsync(ClusterKey cluster, IReadOnlyList<string> names, CancellationToken ct);

    Task DeleteSecretAsync(ClusterKey cluster, string name, CancellationToken ct);
}
