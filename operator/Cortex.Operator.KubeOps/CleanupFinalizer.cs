using Cortex.Core.Api;
using KubeOps.Abstractions.Reconciliation;
using KubeOps.Abstractions.Reconciliation.Finalizer;

namespace Cortex.Operator.KubeOps;

/// <summary>
/// A resource on its way out: the same pass, whose planner asks for nothing new and whose last step takes the finalizer away. KubeOps is told to do neither, so that
/// the finalizer is the one that the other host sets, and a resource may change hands.
/// </summary>
public sealed class CleanupFinalizer(ClusterPasses passes) : IEntityFinalizer<CortexCluster>
{
    public Task<ReconciliationResult<CortexCluster>> FinalizeAsync(CortexCluster entity, CancellationToken cancellationToken) => passes.RunAsync(entity, cancellationToken);
}
