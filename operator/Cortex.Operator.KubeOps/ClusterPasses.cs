using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Runtime;
using k8s.Models;
using KubeOps.Abstractions.Reconciliation;

namespace Cortex.Operator.KubeOps;

/// <summary>
/// One pass of the engine, told in KubeOps' words. What fails is always looked at again: a failure without a time is never retried by KubeOps, and what is
/// thrown is dropped after a few tries (https://dotnet.github.io/dotnet-operator-sdk/docs/operator/building-blocks/controllers/).
/// </summary>
public sealed class ClusterPasses(ClusterReconciler clusters, Backoff backoff)
{
    /// <summary>After a conflict: long enough for whoever wrote first to have ended.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(100);

    public async Task<ReconciliationResult<CortexCluster>> RunAsync(CortexCluster cluster, CancellationToken ct)
    {
        var key = ObjectKey.Of(cluster);
        try
        {
            // KubeOps never reconciles an object that is being reconciled: an edit waits for the pass to end, and cannot hurry it.
            var next = await clusters.ReconcileAsync(new ClusterKey(cluster.Namespace(), cluster.Name()), specChanged: CancellationToken.None, ct);
            backoff.Forget(key);
            return ReconciliationResult<CortexCluster>.Success(cluster, next?.After);
        }
        catch (RecordConflictException)
        {
            return ReconciliationResult<CortexCluster>.Success(cluster, AtOnce);
        }
        catch (Exception cause) when (!ct.IsCancellationRequested)
        {
            return ReconciliationResult<CortexCluster>.Failure(cluster, cause.Message, cause, backoff.Next(key));
        }
    }

    /// <summary>The resource is gone; another of its name begins anew.</summary>
    public void Forget(CortexCluster cluster) => backoff.Forget(ObjectKey.Of(cluster));
}
