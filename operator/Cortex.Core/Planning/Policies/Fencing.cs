using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies;

/// <summary>Invariant I1 outside of promotions: nobody but the primary takes writes, and nobody else could be started to.</summary>
internal static class Fencing
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    /// <summary>Whoever takes writes without being the primary by decision is stopped, or, if it was promoted by hand, adopted.</summary>
    public static Verdict FenceSecondPrimary(Situation now)
    {
        if (now.Status is not { Primary: { } primary, Promotion: null })
        {
            return Verdict.Nothing;
        }

        var second = now.Seen.Postgres.FirstOrDefault(one => one.Key != primary && !one.Value.InRecovery);
        if (second.Value is null)
        {
            return Verdict.Nothing;
        }

        var primaryWrites = now.Seen.Answer(primary) is { InRecovery: false };
        var promotedSince = !now.IsFenced(second.Key) && second.Value.Timeline > now.Status.Timeline
            && second.Value.SystemIdentifier == now.Status.SystemIdentifier;
        return promotedSince && !primaryWrites
            ? Verdict.DoAndLook(
                new Step.BeginPromotion(primary, second.Key, PromotionKind.Failover, Promoted: true),
                new Step.Fence(primary, $"{second.Key} was promoted by hand"),
                new Step.CompletePromotion(second.Key))
            : Verdict.DoAndLook(
                new Step.DecideFenced(second.Key),
                new Step.Fence(second.Key, $"it takes writes, but {primary} is the primary"));
    }

    /// <summary>
    /// A former primary that does not rejoin keeps its data and has no pod that somebody could start. One that rests is left for a moment after the promotion: its
    /// network refuses the clients that are still looking for the new primary, and to take it away would leave some without an answer.
    /// </summary>
    public static Verdict ClearFenced(Situation now)
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
