using Cortex.Core.Api;
using KubeOps.Abstractions.Reconciliation;
using KubeOps.Abstractions.Reconciliation.Finalizer;

namespace Cortex.Operator.KubeOps;

/// <summary>
/// A resource that is being deleted: the same pass, whose last step removes the finalizer. KubeOps is configured not to add or remove
/// finalizers, so that both hosts use the same one and can replace each other.
/// </summary>
public sealed class CleanupFinalizer(ClusterPasses passes) : IEntityFinalizer<CortexCluster>
{
    public Task<ReconciliationResult<CortexCluster>> FinalizeAsync(CortexCluster entity, CancellationToken cancellationToken) =>
        passes.RunAsync(entity, cancellationToken);
}
