using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Runtime;
using k8s.Models;
using KubeOps.Abstractions.Reconciliation;

namespace Cortex.Operator.KubeOps;

/// <summary>
/// One pass of the engine, with its result in the form that KubeOps expects. A failure always has a delay for the next attempt: KubeOps
/// never retries a failure without one, and drops an exception after a few attempts
/// (https://dotnet.github.io/dotnet-operator-sdk/docs/operator/building-blocks/controllers/).
/// </summary>
public sealed class ClusterPasses(ClusterReconciler clusters, Backoff backoff)
{
    /// <summary>The delay after a conflict: long enough for the other client to finish its write.</summary>
    private static readonly TimeSpan ConflictRetryDelay = TimeSpan.FromMilliseconds(100);

    public async Task<ReconciliationResult<CortexCluster>> RunAsync(CortexCluster cluster, CancellationToken ct)
    {
        var key = ObjectKey.Of(cluster);
        try
        {
            // KubeOps never reconciles an object twice at the same time: an edit waits for the running pass and cannot cancel it.
            var name = new ClusterKey(cluster.Namespace(), cluster.Name());
            var next = await clusters.ReconcileAsync(name, specChanged: CancellationToken.None, ct);
            backoff.Forget(key);
            return ReconciliationResult<CortexCluster>.Success(cluster, next?.After);
        }
        catch (RecordConflictException)
        {
            return ReconciliationResult<CortexCluster>.Success(cluster, ConflictRetryDelay);
        }
        catch (Exception cause) when (!ct.IsCancellationRequested)
        {
            return ReconciliationResult<CortexCluster>.Failure(cluster, cause.Message, cause, backoff.Next(key));
        }
    }

    /// <summary>The resource is gone; another one of its name starts without a back-off.</summary>
    public void Forget(CortexCluster cluster) => backoff.Forget(ObjectKey.Of(cluster));
}
