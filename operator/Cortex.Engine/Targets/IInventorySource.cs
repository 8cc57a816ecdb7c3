using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>Lists the objects of a cluster on a target.</summary>
public interface IInventorySource
{
    /// <summary>The objects of this cluster.</summary>
    Task<Inventory> ListAsync(ClusterKey cluster, CancellationToken ct);
}
