namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Which pods are to be started.</summary>
internal static class RestartChecks
{
    /// <summary>
    /// A crash is mended by Podman's restart policy within this time; what stays down was stopped by somebody, who may be about to promote another.
    /// </summary>
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(2);

    /// <summary>The pods that somebody stopped, and that nothing but us starts again.</summary>
    public static IReadOnlyList<PodSeen> DueForStart(Situation now) =>
    [
        .. now.Seen.Inventory.Pods
            .Where(pod => pod.IsAtRest && now.Wanted.Contains(pod.Instance) && !now.IsFenced(pod.Instance) && !JobChecks.Runs(now, pod.Instance))
            .Where(pod => pod.StoppedAt is not { } at || now.Now - at >= RestartDelay),
    ];
}
