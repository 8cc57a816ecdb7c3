using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Memory;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// When PostgreSQL in pods that are gone ended, as the watch of pods reported it: the time that the pod's node reported, or else the time
/// at which the pod was deleted. A receipt says since when no instance accepted writes, and a pod that another client deleted cannot be
/// asked afterwards.
/// </summary>
internal sealed class PodEnds(TimeProvider clock, ClusterMemory memory)
{
    /// <summary>By instance.</summary>
    private readonly Notes<PodEnding> reported = memory.Part<PodEnding>();

    public void Note(V1Pod pod, bool deleted)
    {
        if (Labels.Owner(pod.Metadata.Labels as IReadOnlyDictionary<string, string>) is not { } cluster)
        {
            return;
        }

        var (instance, uid) = (pod.Metadata.Name, pod.Metadata.Uid);
        if (PodReading.EndOf(pod)?.FinishedAt is { } end)
        {
            reported.Set(cluster, instance, new PodEnding(uid, new DateTimeOffset(end), deleted));
        }
        else if (!deleted)
        {
            reported.Remove(cluster, instance);
        }
        else
        {
            var before = reported.TryGet(cluster, instance, out var known) && known.Uid == uid
                ? known
                : new PodEnding(uid, clock.GetUtcNow(), Gone: true);
            reported.Set(cluster, instance, before with { Gone = true });
        }
    }

    /// <summary>Null where the pod still exists, as far as the watch reported, or where the watch reported nothing of it.</summary>
    public DateTimeOffset? Of(ClusterKey cluster, string instance) =>
        reported.TryGet(cluster, instance, out var end) && end.Gone ? end.At : null;

    private sealed record PodEnding(string Uid, DateTimeOffset At, bool Gone);
}
