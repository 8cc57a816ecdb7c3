using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies;

/// <summary>
/// Who is the primary, and how that changes. The decision is written first, then the old primary is proven stopped, then the new one
/// is promoted, then that is written:
/// <code>
///   steady --BeginPromotion--> begun --Fence or HandOver--> old one stopped --Promote--> new one writes --CompletePromotion--> steady
///                                \--- hand-over failed, or the user took the wish back, and the target still recovers: AbandonPromotion
/// </code>
/// Whoever carries on after an interruption finds <c>status.promotion</c> and the world, and needs nothing else.
/// </summary>
internal static class Promotion
{
    /// <summary>A standby further behind than this is not worth the wait: the write gap would be long.</summary>
    public const long LargestLag = 64L << 20;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

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
                new Step.BeginPromotion(primary, second.Key, PromotionKind.Failover),
                new Step.Fence(primary, $"{second.Key} was promoted by hand"),
                new Step.CompletePromotion(second.Key))
            : Verdict.DoAndLook(
                new Step.DecideFenced(second.Key),
                new Step.Fence(second.Key, $"it takes writes, but {primary} is the primary"));
    }

    /// <summary>A resource that took up a standby's volume as its primary: nobody else can write, since it has only just begun to act.</summary>
    public static Verdict WakeAdopted(Situation now) =>
        now.Status is { Primary: { } primary, SystemIdentifier: null, Promotion: null } && now.Seen.Answer(primary) is { InRecovery: true }
            ? Verdict.DoAndLook(new Step.Promote(primary))
            : Verdict.Nothing;

    /// <summary>A former primary keeps its data and has no pod that somebody could start.</summary>
    public static Verdict ClearFenced(Situation now)
    {
        var pods = now.Seen.Inventory.Pods.Where(pod => now.IsFenced(pod.Instance) && pod.Instance != now.Status.Promotion?.From).ToList();
        return pods.Count > 0 ? Verdict.Do([.. pods.Select(pod => new Step.RemovePod(pod.Instance))]) : Verdict.Nothing;
    }

    /// <summary>Carries on with a promotion that was begun.</summary>
    public static Verdict Finish(Situation now)
    {
        if (now.Status.Promotion is not { } begun)
        {
            return Verdict.Nothing;
        }

        return now.Seen.Answer(begun.To) switch
        {
            { InRecovery: false } => Verdict.DoAndLook(
                new Step.Fence(begun.From, $"{begun.To} is the primary"),
                new Step.CompletePromotion(begun.To)),
            { InRecovery: true } when now.Spec.Promote == begun.From => Verdict.DoAndLook(
                new Step.AbandonPromotion(begun.From, "spec.promote was taken back")),
            // Whether the old primary stopped cleanly and its last WAL arrived was known only to whoever stopped it.
            { InRecovery: true } when begun.Kind == PromotionKind.Switchover => Verdict.DoAndLook(
                new Step.AbandonPromotion(begun.From, $"the hand-over to {begun.To} was interrupted")),
            { InRecovery: true } => Verdict.DoAndLook(
                new Step.Fence(begun.From, $"{begun.To} is to be promoted"),
                new Step.Promote(begun.To),
                new Step.CompletePromotion(begun.To),
                new Step.RemovePod(begun.From)),
            null => AwaitTarget(now, begun),
        };
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
                new Step.BeginPromotion(primary, wish, PromotionKind.Switchover),
                new Step.HandOver(primary, wish),
                new Step.Promote(wish),
                new Step.CompletePromotion(wish),
                new Step.RemovePod(primary))
            : Verdict.DoAndLook(
                new Step.BeginPromotion(primary, wish, PromotionKind.Failover),
                new Step.Fence(primary, "it does not answer, and spec.promote asks for another"),
                new Step.Promote(wish),
                new Step.CompletePromotion(wish),
                new Step.RemovePod(primary));
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
        var why = $"{begun.To} does not answer; the promotion goes on when it does";
        var stopped = now.Seen.Inventory.Pod(begun.To) is { State: PodState.Exited or PodState.Created };
        return stopped
            ? Verdict.DoAndLook(
                new Step.Fence(begun.From, $"{begun.To} is to be promoted"),
                new Step.StartPod(begun.To),
                new Step.AwaitAnswer(begun.To))
            : Verdict.Wait(Soon, why);
    }
}
