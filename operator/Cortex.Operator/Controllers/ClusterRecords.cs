using System.Net;
using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Operator.LocalState;
using Cortex.Runtime;
using k8s;

namespace Cortex.Operator.Controllers;

/// <summary>
/// The resources in a Kubernetes API, embedded or real. A status is written only if the resource still has the version that was read.
/// </summary>
/// <param name="ledger">Null if no ledger is needed.</param>
public sealed class ClusterRecords(
    ResourceClient<CortexCluster> clusters, EventRecorder events, ClusterLedger? ledger, PromoteChanges promoteChanges) : IClusterRecords
{
    public Task<CortexCluster?> ReadAsync(ClusterKey cluster, CancellationToken ct) => clusters.GetAsync(Key(cluster), ct);

    public async Task<CortexCluster> WriteStatusAsync(
        CortexCluster cluster, ClusterStatus? before, ClusterStatus after, CancellationToken ct)
    {
        var key = ObjectKey.Of(cluster);
        try
        {
            return await clusters.PatchStatusAsync(key, before, after, cluster.Metadata.ResourceVersion, ct) ?? cluster;
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.Conflict))
        {
            throw new RecordConflictException($"{key} changed while its status was being written", refusal);
        }
    }

    public async Task<CortexCluster> AddFinalizerAsync(CortexCluster cluster, CancellationToken ct)
    {
        ledger?.Add(new ClusterKey(cluster.Metadata.NamespaceProperty, cluster.Metadata.Name));
        return await clusters.AddFinalizerAsync(ObjectKey.Of(cluster), CortexCluster.Finalizer, ct)
            ?? throw new RecordConflictException($"{ObjectKey.Of(cluster)} does not exist any more");
    }

    public Task RemoveFinalizerAsync(CortexCluster cluster, CancellationToken ct) =>
        clusters.RemoveFinalizerAsync(ObjectKey.Of(cluster), CortexCluster.Finalizer, ct);

    public DateTimeOffset? PromoteChangedAt(ClusterKey cluster) => promoteChanges.ChangedAt(Key(cluster));

    public void Tell(CortexCluster cluster, bool warning, string reason, string message) =>
        events.Record(cluster, warning ? EventType.Warning : EventType.Normal, reason, message);

    public static ObjectKey Key(ClusterKey cluster) => new(cluster.Namespace, cluster.Name);
}
