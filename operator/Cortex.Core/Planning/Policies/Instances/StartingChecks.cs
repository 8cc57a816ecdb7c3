namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>
/// Instances that were started a moment ago. No pass waits for a server to answer or to stream. The observations that find it out follow
/// each other quickly at first.
/// </summary>
internal static class StartingChecks
{
    /// <summary>A server without a crash to recover from answers within this time.</summary>
    private static readonly TimeSpan UsualStartWindow = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan StartWindow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UsualStartInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StartInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>When to observe instances again that do not answer or do not stream yet.</summary>
    /// <param name="otherwise">The delay where none of them was started a moment ago.</param>
    public static TimeSpan NextLook(Situation now, IEnumerable<string> instances, TimeSpan otherwise) =>
        instances.Select(instance => Age(now, instance)).Min() switch
        {
            { } age when age < UsualStartWindow => UsualStartInterval,
            { } age when age < StartWindow && StartInterval < otherwise => StartInterval,
            _ => otherwise,
        };

    /// <summary>The same for standbys. One that has run for longer streams soon after its primary was started.</summary>
    public static TimeSpan NextLookAtStandbys(Situation now, IEnumerable<string> standbys, TimeSpan otherwise) =>
        NextLook(now, standbys, now.Seen.Inventory.Pods.Any(pod => WasStartedRecently(now, pod)) ? StartInterval : otherwise);

    /// <summary>Its server may still be starting, if it runs.</summary>
    public static bool WasStartedRecently(Situation now, PodSeen pod) => now.Now - pod.StartedAt < StartWindow;

    /// <summary>It was started a moment ago, and has not ended since: it may be about to answer or to stream.</summary>
    public static bool IsStarting(Situation now, string instance) =>
        Age(now, instance) < StartWindow
        && !(now.Seen.Ends.GetValueOrDefault(instance) is [.., var end] && now.Now - end.At < StartWindow);

    /// <summary>Null where the instance does not run, or the target does not tell.</summary>
    private static TimeSpan? Age(Situation now, string instance) =>
        now.Seen.Inventory.Pod(instance) is { State: PodState.Running, StartedAt: { } start } ? now.Now - start : null;
}
