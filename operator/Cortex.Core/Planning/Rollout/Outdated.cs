using Cortex.Core.Manifests;

namespace Cortex.Core.Planning;

/// <summary>An instance lacks something of the spec that only a restart brings.</summary>
/// <param name="NewPod">A restart of the present pod is not enough: the pod is replaced.</param>
/// <param name="Why">For people: "max_connections waits for a restart".</param>
public sealed record Outdated(string Instance, bool NewPod, string Why)
{
    /// <summary>The new pod gets another image than the one that it runs.</summary>
    public bool NewImage { get; init; }

    /// <summary>
    /// Null when it has everything, as far as that can be seen. What a pod does not tell about itself counts as right: a pod from an
    /// earlier version is not restarted because a label is missing.
    /// </summary>
    public static Outdated? Of(Situation now, string instance)
    {
        List<string> pod = [.. WhyNewPod(now, instance)];
        var waiting = now.Seen.Answer(instance)?.PendingRestart ?? [];
        var pending = $"{string.Join(", ", waiting)} {(waiting.Count > 1 ? "wait" : "waits")} for a restart";
        List<string> why = waiting.Count > 0 ? [.. pod, pending] : pod;
        return why.Count > 0
            ? new Outdated(instance, pod.Count > 0, string.Join("; ", why)) { NewImage = HasOtherImage(now, instance) }
            : null;
    }

    private static bool HasOtherImage(Situation now, string instance) =>
        now.Seen.Inventory.Pod(instance)?.ImageId is { } image && now.Seen.Image.Facts is { } wanted && image != wanted.Id;

    private static IEnumerable<string> WhyNewPod(Situation now, string instance)
    {
        var pod = now.Seen.Inventory.Pod(instance);
        if (HasOtherImage(now, instance))
        {
            yield return $"it was made from another image than {now.Spec.Image} is now";
        }

        if (pod?.Revision is { } revision && revision != PodRevision.Of(now.Seen.Cluster, now.Spec, instance))
        {
            yield return "its address, port, resources or repository changed";
        }
    }
}
