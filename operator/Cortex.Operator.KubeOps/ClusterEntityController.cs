using Cortex.Core.Api;
using KubeOps.Abstractions.Reconciliation;
using KubeOps.Abstractions.Reconciliation.Controller;

namespace Cortex.Operator.KubeOps;

/// <summary>A resource that is there, and wanted.</summary>
public sealed class ClusterEntityController(ClusterPasses passes) : IEntityController<CortexCluster>
{
    public Task<ReconciliationResult<CortexCluster>> ReconcileAsync(CortexCluster entity, CancellationToken cancellationToken) => passes.RunAsync(entity, cancellationToken);

    /// <summary>Nothing is done here: the finalizer has cleaned up, and this may be called for an object whose name another already has.</summary>
    public Task<ReconciliationResult<CortexCluster>> DeletedAsync(CortexCluster entity, CancellationToken cancellationToken)
    {
        passes.Forget(entity);
        return Task.FromResult(ReconciliationResult<CortexCluster>.Success(entity));
    }
}
