using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Safety;

/// <summary>
/// A former primary that does not rejoin keeps its data and has no pod that a user could start. A pod at rest stays for a moment after the
/// promotion: its network refuses the clients that still look for the new primary. Without it some would wait for an answer.
/// </summary>
internal static class ClearFenced
{
    private static readonly TimeSpan RemovalDelay = TimeSpan.FromSeconds(5);

    public static Verdict Decide(Situation now)
    {
        var pods = now.Seen.Inventory.Pods
            .Where(pod => now.IsFenced(pod.Instance) && pod.Instance != now.Status.Promotion?.From)
            .Where(pod => now.Seen.Answer(pod.Instance) is not { InRecovery: true })
            .ToList();
        var due = pods.Where(pod => RemainingDelay(now, pod) <= TimeSpan.Zero).ToList();
        var waiting = pods.Except(due).ToList();
        return new Verdict
        {
            Steps = [.. due.Select(pod => new Step.RemovePod(pod.Instance))],
            LookAgain = waiting.Count > 0 ? pods.Max(pod => RemainingDelay(now, pod)) : null,
            Why = waiting.Count > 0 ? $"the pod of {string.Join(", ", waiting.Select(pod => pod.Instance))} is removed in a moment" : null,
        };
    }

    private static TimeSpan RemainingDelay(Situation now, PodSeen pod) =>
        pod.State == PodState.Exited && now.Status.LastPromotion is { WritableAt: { } since } last && last.From == pod.Instance
            ? RemovalDelay - (now.Now - since)
            : TimeSpan.Zero;
}
