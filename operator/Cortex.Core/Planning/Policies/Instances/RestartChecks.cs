namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Which pods have to be started.</summary>
internal static class RestartChecks
{
    /// <summary>
    /// Podman's restart policy restarts a crashed server within this time. A pod that stays down was stopped by a user, who may be about to
    /// promote another instance.
    /// </summary>
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(2);

    /// <summary>The pods that a user stopped, and that nothing but the operator starts again.</summary>
    public static IReadOnlyList<PodSeen> DueForStart(Situation now) =>
    [
        .. now.Seen.Inventory.Pods
            .Where(pod => pod.IsAtRest && now.Members.Contains(pod.Instance))
            .Where(pod => !now.IsFenced(pod.Instance) && !JobChecks.Runs(now, pod.Instance))
            .Where(pod => pod.StoppedAt is not { } at || now.Now - at >= RestartDelay),
    ];
}
