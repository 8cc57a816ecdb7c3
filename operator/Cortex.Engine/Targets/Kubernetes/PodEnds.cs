using System.Collections.Concurrent;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// When PostgreSQL in pods ended that are gone, as the watch of pods heard it: by the word of the pod's machine, else by the moment at
/// which the pod went. A receipt says since when nobody wrote, and a pod that was deleted by somebody tells no one who looks afterwards.
/// </summary>
internal sealed class PodEnds(TimeProvider clock)
{
    private readonly ConcurrentDictionary<(string Namespace, string Instance), (string Uid, DateTimeOffset At, bool Gone)> heard = new();

    public void Note(V1Pod pod, bool deleted)
    {
        var key = (pod.Metadata.NamespaceProperty, pod.Metadata.Name);
        if (EndOf(pod) is { } end)
        {
            heard[key] = (pod.Metadata.Uid, end, deleted);
        }
        else if (deleted)
        {
            heard.AddOrUpdate(
                key, _ => (pod.Metadata.Uid, clock.GetUtcNow(), true),
                (_, had) => had.Uid == pod.Metadata.Uid ? had with { Gone = true } : (pod.Metadata.Uid, clock.GetUtcNow(), true));
        }
        else
        {
            heard.TryRemove(key, out _);
        }
    }

    /// <summary>Null where the pod is there, as far as was heard, or nothing was heard of it.</summary>
    public DateTimeOffset? Of(ClusterKey cluster, string instance) =>
        heard.TryGetValue((cluster.Namespace, instance), out var end) && end.Gone ? end.At : null;

    /// <summary>The cluster is gone with its pods.</summary>
    public void Forget(ClusterKey cluster)
    {
        foreach (
            var one in heard.Keys.Where(one => one.Namespace == cluster.Namespace && Names.IndexOf(cluster.Name, one.Instance) is not null))
        {
            heard.TryRemove(one, out _);
        }
    }

    private static DateTimeOffset? EndOf(V1Pod pod) => PodReading.EndOf(pod)?.FinishedAt is { } at ? new DateTimeOffset(at) : null;
}
