using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies;

/// <summary>spec.promote: whom it names, and whether that can be done.</summary>
internal static class PromotionWish
{
    /// <summary>A standby further behind than this is not worth the wait: the write gap would be long.</summary>
    public const long LargestLag = 64L << 20;

    /// <summary>Starts the promotion that the spec wishes, or says why not.</summary>
    public static Verdict Begin(Situation now)
    {
        if (string.IsNullOrEmpty(now.Spec.Promote) || now.Status.Primary is not { } primary || now.Spec.Promote == primary)
        {
            return Verdict.Nothing;
        }

        // A failover does without an image; after a switchover there would be none for the former primary to come back with.
        if (now.Seen.Answer(primary) is { InRecovery: false } && Validation.WhyNotMajorVersion(now) is { } unusable)
        {
            return Verdict.Block(unusable.Reason, unusable.Message);
        }

        if (now.Spec.Promote == ClusterSpec.PromoteAny)
        {
            return Any(now, primary);
        }

        return WhyNot(now, primary, now.Spec.Promote) is { } no ? Verdict.Block(no.Reason, no.Message) : Start(now, primary, now.Spec.Promote);
    }

    /// <summary>A switchover where the primary lives, a failover where it does not answer.</summary>
    public static Verdict Start(Situation now, string primary, string to, PromotionCause cause = PromotionCause.Requested) =>
        now.Seen.Answer(primary) is { InRecovery: false }
            ? Verdict.DoAndLook(
            [
                new Step.BeginPromotion(primary, to, PromotionKind.Switchover, Cause: cause),
                new Step.HandOver(primary, to),
                .. Promotion.Commit(now, to),
            ])
            : Verdict.DoAndLook(
            [
                new Step.BeginPromotion(primary, to, PromotionKind.Failover, Cause: cause),
                new Step.Fence(primary, "it does not answer, and spec.promote asks for another"),
                .. DataLoss.NeedsSecondLook(now, to) ? [] : Promotion.Commit(now, to),
            ]);

    /// <summary>Why <paramref name="to"/> may not take over from <paramref name="primary"/>; null when it may.</summary>
    public static Refusal? WhyNot(Situation now, string primary, string to)
    {
        if (PrimaryWishes.UnknownInstance(now.Cluster, to) is { } unknown)
        {
            return new(Reasons.UnknownInstance, unknown.ToString());
        }

        if (now.Status.AbandonedPromotion is { } given && given.To == to && given.Generation == now.Cluster.Metadata.Generation)
        {
            return new(Reasons.ActionFailed, $"the promotion of {to} was given up: {given.Why}; edit spec.promote to try again");
        }

        if (now.IsFenced(to))
        {
            return new(Reasons.TargetNotStandby, $"{to} is a former primary that has not rejoined; it becomes a standby of {primary} first");
        }

        return now.Seen.Answer(to) switch
        {
            null => new(Reasons.TargetUnreachable, $"{to} does not answer"),
            { InRecovery: false } => new(Reasons.TargetNotStandby, $"{to} is not a standby"),
            var target when target.SystemIdentifier != now.Status.SystemIdentifier =>
                new(Reasons.OtherTimeline, $"{to} belongs to another database system ({target.SystemIdentifier})"),
            var target when target.Timeline != now.Status.Timeline =>
                new(Reasons.OtherTimeline, $"{to} is on timeline {target.Timeline}, {primary} on {now.Status.Timeline}"),
            // One that answers from a machine that takes no orders cannot be stopped either.
            var target => Services.WhyNotFenced(now, primary)
                ?? (now.Seen.Answer(primary) is { InRecovery: false } live ? WhyNotFrom(live, primary, target, to) : DataLoss.WhyNot(now, primary, target, to)),
        };
    }

    /// <summary>A live primary gives more to compare with; a dead one has nothing to wait for.</summary>
    public static Refusal? WhyNotFrom(PostgresSeen live, string primary, PostgresSeen target, string to)
    {
        if (!target.Streaming)
        {
            return new(Reasons.TargetNotStreaming, $"{to} does not stream from {primary}");
        }

        var lag = (long)new Lsn(target.Lsn).BytesBehind(new Lsn(live.Lsn));
        return lag > LargestLag
            ? new(Reasons.TargetLagging, $"{to} is {lag} bytes behind {primary}; at most {LargestLag} are waited for")
            : null;
    }

    /// <summary>
    /// Answered once for each edit of the spec: by the primary if it lives, else by the standby that has the most. A cluster whose primary dies later does not
    /// fail over by itself because the word is still there.
    /// </summary>
    private static Verdict Any(Situation now, string primary)
    {
        if (now.Status.AnySettled == now.Cluster.Metadata.Generation)
        {
            return Verdict.Nothing;
        }

        if (now.Seen.Answer(primary) is { InRecovery: false })
        {
            return Verdict.Do(new Step.SettleAny());
        }

        var standbys = now.Wanted.Where(one => one != primary)
            .Select(one => (Name: one, No: WhyNot(now, primary, one), Lsn: now.Seen.Answer(one)?.Lsn ?? 0)).ToList();
        var best = standbys.Where(one => one.No is null).OrderByDescending(one => one.Lsn).Select(one => one.Name).FirstOrDefault();
        return best is not null ? Start(now, primary, best)
            : standbys.Count == 0 ? Verdict.Block(Reasons.NoStandby, "spec.promote: there is no standby to promote")
            : Verdict.Block(standbys[0].No!.Reason, string.Join("; ", standbys.Select(one => one.No!.Message)));
    }
}
