using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>Reads what a target holds of a cluster.</summary>
public interface IInventorySource
{
    /// <summary>What there is of this cluster.</summary>
    Task<Inventory> ListAsync(ClusterKey cluster, CancellationToken ct);
}
