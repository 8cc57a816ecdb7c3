using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies;

/// <summary>
/// Who is the primary, and how that changes. The decision is written first, then the old primary is proven stopped, then the new one
/// is promoted, then that is written:
/// <code>
///   steady --BeginPromotion--> begun --Fence or HandOver, CommitPromotion--> committed --Promote--> new one writes --CompletePromotion--> steady
///                                \--- hand-over failed, or the user took the wish back: AbandonPromotion
/// </code>
/// A promotion that was asked for may come true at any time later, whatever was seen of it. So nobody is asked before the commitment is
/// written, and what is committed is never given up.
/// Whoever carries on after an interruption finds <c>status.promotion</c> and the world, and needs nothing else.
/// </summary>
internal static class Promotion
{
    /// <summary>A standby further behind than this is not worth the wait: the write gap would be long.</summary>
    public const long LargestLag = 64L << 20;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(10);

    /// <summary>Invariant I1: whoever takes writes without being the primary by decision is stopped, or, if it was promoted by hand, adopted.</summary>
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
    /// A former primary keeps its data and has no pod that somebody could start. One that rests is left for a moment after the promotion: its
    /// network refuses the clients that are still looking for the new primary, and to take it away would leave some without an answer.
    /// </summary>
    public static Verdict ClearFenced(Situation now)
    {
        var pods = now.Seen.Inventory.Pods.Where(pod => now.IsFenced(pod.Instance) && pod.Instance != now.Status.Promotion?.From).ToList();
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

    /// <summary>Carries on with a promotion that was begun.</summary>
    public static Verdict Finish(Situation now)
    {
        if (now.Status.Promotion is not { } begun)
        {
            return Verdict.Nothing;
        }

        var target = now.Seen.Answer(begun.To);
        if (target is { InRecovery: false })
        {
            return Verdict.DoAndLook(new Step.Fence(begun.From, $"{begun.To} is the primary"), new Step.CompletePromotion(begun.To));
        }

        if (!begun.IsCommitted && WhyGiveUp(now, begun) is { } why)
        {
            return Verdict.DoAndLook(new Step.AbandonPromotion(begun.From, why));
        }

        return target is null ? AwaitTarget(now, begun)
            : begun is { Kind: PromotionKind.Switchover, IsCommitted: false }
                ? Verdict.DoAndLook([new Step.HandOver(begun.From, begun.To), .. Commit(begun.To)])
                : Verdict.DoAndLook([new Step.Fence(begun.From, $"{begun.To} is to be promoted"), .. Commit(begun.To)]);
    }

    /// <summary>The one decided upon still recovers: it was taken up from volumes of standbys. Whoever may write without being seen is waited for.</summary>
    public static Verdict Lead(Situation now)
    {
        if (now.Status is not { Primary: { } primary, Promotion: null } || now.Seen.Answer(primary) is not { InRecovery: true })
        {
            return Verdict.Nothing;
        }

        var hidden = now.Seen.Inventory.Pods
            .Where(pod => !now.IsFenced(pod.Instance) && now.Seen.Answer(pod.Instance) is null && pod.State is not (PodState.Exited or PodState.Created))
            .Select(pod => pod.Instance).ToList();
        return hidden.Count > 0
            ? Verdict.Wait(Soon, $"{primary} is to be promoted, but {string.Join(", ", hidden)} does not answer and may take writes; remove its pod if it is dead")
            : Verdict.DoAndLook(new Step.Promote(primary), new Step.CompletePromotion(primary));
    }

    /// <summary>Starts the promotion that the spec wishes, or says why not.</summary>
    public static Verdict Begin(Situation now)
    {
        var wish = now.Spec.Promote;
        if (string.IsNullOrEmpty(wish) || now.Status.Primary is not { } primary || wish == primary)
        {
            return Verdict.Nothing;
        }

        if (WhyNot(now, primary, wish) is { } no)
        {
            return Verdict.Block(no.Reason, no.Message);
        }

        return now.Seen.Answer(primary) is { InRecovery: false }
            ? Verdict.DoAndLook(
            [
                new Step.BeginPromotion(primary, wish, PromotionKind.Switchover),
                new Step.HandOver(primary, wish),
                .. Commit(wish),
            ])
            : Verdict.DoAndLook(
            [
                new Step.BeginPromotion(primary, wish, PromotionKind.Failover),
                new Step.Fence(primary, "it does not answer, and spec.promote asks for another"),
                .. Commit(wish),
            ]);
    }

    /// <summary>What follows once the old primary was seen stopped.</summary>
    private static IReadOnlyList<Step> Commit(string to) =>
        [new Step.CommitPromotion(to), new Step.Promote(to), new Step.CompletePromotion(to)];

    /// <summary>Nobody has been asked to promote yet, so the old primary may still stay what it was. Null: carry on.</summary>
    private static string? WhyGiveUp(Situation now, PromotionRecord begun)
    {
        if (now.Spec.Promote != begun.To)
        {
            return now.Spec.Promote == begun.From ? "spec.promote was taken back" : $"spec.promote no longer asks for {begun.To}";
        }

        if (!now.Seen.Inventory.HasVolume(begun.To))
        {
            return $"the volume of {begun.To} is gone";
        }

        // Whether a stopped primary stopped cleanly and its last WAL arrived was known only to whoever stopped it.
        return begun.Kind == PromotionKind.Switchover
            && (now.Seen.Answer(begun.From) is not { InRecovery: false } live
                || now.Seen.Answer(begun.To) is not { } target
                || WhyNotFrom(live, begun.From, target, begun.To) is not null)
            ? $"the hand-over to {begun.To} was interrupted"
            : null;
    }

    private static Refusal? WhyNot(Situation now, string primary, string wish)
    {
        if (!now.Wanted.Contains(wish))
        {
            return new(Reasons.UnknownInstance, $"spec.promote: {wish} is no instance of this cluster; it has {string.Join(", ", now.Wanted)}");
        }

        if (now.Status.AbandonedPromotion is { } given && given.To == wish && given.Generation == now.Cluster.Metadata.Generation)
        {
            return new(Reasons.ActionFailed, $"the promotion of {wish} was given up: {given.Why}; edit spec.promote to try again");
        }

        if (now.IsFenced(wish))
        {
            return new(Reasons.TargetNotStandby, $"{wish} is a former primary and fenced; its data ended before those of {primary}");
        }

        return now.Seen.Answer(wish) switch
        {
            null => new(Reasons.TargetUnreachable, $"{wish} does not answer"),
            { InRecovery: false } => new(Reasons.TargetNotStandby, $"{wish} is not a standby"),
            var target when target.SystemIdentifier != now.Status.SystemIdentifier =>
                new(Reasons.OtherTimeline, $"{wish} belongs to another database system ({target.SystemIdentifier})"),
            var target when target.Timeline != now.Status.Timeline =>
                new(Reasons.OtherTimeline, $"{wish} is on timeline {target.Timeline}, {primary} on {now.Status.Timeline}"),
            var target => WhyNotFrom(now.Seen.Answer(primary), primary, target, wish),
        };
    }

    /// <summary>A live primary gives more to compare with; a dead one has nothing to wait for.</summary>
    private static Refusal? WhyNotFrom(PostgresSeen? live, string primary, PostgresSeen target, string wish)
    {
        if (live is not { InRecovery: false })
        {
            return null;
        }

        if (!target.Streaming)
        {
            return new(Reasons.TargetNotStreaming, $"{wish} does not stream from {primary}");
        }

        var lag = live.Lsn > target.Lsn ? (long)(live.Lsn - target.Lsn) : 0;
        return lag > LargestLag
            ? new(Reasons.TargetLagging, $"{wish} is {lag} bytes behind {primary}; at most {LargestLag} are waited for")
            : null;
    }

    private static Verdict AwaitTarget(Situation now, PromotionRecord begun)
    {
        if (!now.Seen.Inventory.HasVolume(begun.To))
        {
            return Verdict.Wait(Patiently, $"the volume of {begun.To}, which was to be promoted, is gone; {begun.From} stays stopped, its data are kept");
        }

        return now.Seen.Inventory.Pod(begun.To) is null or { IsAtRest: true }
            ? now.WithoutImage ?? Verdict.DoAndLook(
                new Step.Fence(begun.From, $"{begun.To} is to be promoted"),
                new Step.StartPod(begun.To),
                new Step.AwaitAnswer(begun.To))
            : Verdict.Wait(Soon, $"{begun.To} does not answer; the promotion goes on when it does");
    }
}
