using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>Passwords and keys, where the target keeps secrets.</summary>
public interface ISecretStore
{
    /// <summary>Stores a secret, replacing one of that name.</summary>
    Task StoreSecretAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct);

    /// <summary>The content of the named secrets, those that exist. It passes through memory only.</summary>
    /// <param name="image">What a container that has to read them can be made from.</param>
    Task<IReadOnlyDictionary<string, byte[]>> ReadSecretsAsync(
        ClusterKey cluster, string image, IReadOnlyList<string> names, CancellationToken ct);

    Task DeleteSecretAsync(ClusterKey cluster, string name, CancellationToken ct);
}
