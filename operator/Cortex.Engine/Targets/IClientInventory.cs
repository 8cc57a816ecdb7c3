using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>
/// What a client of a cluster needs of the target, by few requests. Only Podman has this role: on Kubernetes, clients use objects of the
/// API.
/// </summary>
public interface IClientInventory
{
    /// <summary>
    /// The secrets of a cluster as they are now. Also looks where its instances are published now, which <see cref="IAddresses"/> answers
    /// from then on. The whole inventory would take several times as long.
    /// </summary>
    Task<IReadOnlyList<SecretSeen>> LookForClientAsync(ClusterKey cluster, CancellationToken ct);
}
