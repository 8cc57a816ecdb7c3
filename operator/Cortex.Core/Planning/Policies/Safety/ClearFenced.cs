using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Safety;

/// <summary>
/// A former primary that does not rejoin keeps its data and has no pod that somebody could start. One that rests is left for a moment after the promotion: its
/// network refuses the clients that are still looking for the new primary, and to take it away would leave some without an answer.
/// </summary>
internal static class ClearFenced
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    public static Verdict Decide(Situation now)
    {
        var pods = now.Seen.Inventory.Pods
            .Where(pod => now.IsFenced(pod.Instance) && pod.Instance != now.Status.Promotion?.From && now.Seen.Answer(pod.Instance) is not { InRecovery: true }).ToList();
        var due = pods.Where(pod => Rest(now, pod) <= TimeSpan.Zero).ToList();
        return new Verdict
        {
            Steps = [.. due.Select(pod => new Step.RemovePod(pod.Instance))],
            LookAgain = pods.Count > due.Count ? pods.Max(pod => Rest(now, pod)) : null,
            Why = pods.Count > due.Count ? $"the pod of {string.Join(", ", pods.Except(due).Select(pod => pod.Instance))} is removed in a moment" : null,
        };
    }

    private static TimeSpan Rest(Situation now, PodSeen pod) =>
        pod.State == PodState.Exited && now.Status.LastPromotion is { WritableAt: { } since } last && last.From == pod.Instance
            ? Farewell - (now.Now - since)
            : TimeSpan.Zero;
}
