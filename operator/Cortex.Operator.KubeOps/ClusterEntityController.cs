using Cortex.Core.Api;
using KubeOps.Abstractions.Reconciliation;
using KubeOps.Abstractions.Reconciliation.Controller;

namespace Cortex.Operator.KubeOps;

/// <summary>A resource that exists and is not being deleted.</summary>
public sealed class ClusterEntityController(ClusterPasses passes) : IEntityController<CortexCluster>
{
    public Task<ReconciliationResult<CortexCluster>> ReconcileAsync(CortexCluster entity, CancellationToken cancellationToken) =>
        passes.RunAsync(entity, cancellationToken);

    /// <summary>Only forgets the back-off: the finalizer has cleaned up, and another object may already have the same name.</summary>
    public Task<ReconciliationResult<CortexCluster>> DeletedAsync(CortexCluster entity, CancellationToken cancellationToken)
    {
        passes.Forget(entity);
        return Task.FromResult(ReconciliationResult<CortexCluster>.Success(entity));
    }
}
