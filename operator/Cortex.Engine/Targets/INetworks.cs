using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>The network in which the instances of a cluster reach each other.</summary>
public interface INetworks
{
    /// <summary>Called only where <see cref="Core.Planning.Inventory.NetworkExists"/> is false.</summary>
    Task EnsureNetworkAsync(ClusterKey cluster, CancellationToken ct);

    /// <summary>Removes the network and every container of the cluster that is still in it, such as interrupted one-shots.</summary>
    Task DeleteNetworkAsync(ClusterKey cluster, CancellationToken ct);
}
