using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies;

/// <summary>spec.promote: whom it names, and whether that can be done.</summary>
internal static class PromotionWish
{
    /// <summary>Starts the promotion that the spec wishes, or says why not.</summary>
    public static Verdict Begin(Situation now)
    {
        if (string.IsNullOrEmpty(now.Spec.Promote) || now.Status.Primary is not { } primary || now.Spec.Promote == primary)
        {
            return Verdict.Nothing;
        }

        // A failover does without an image; after a switchover there would be none for the former primary to come back with.
        if (now.Seen.Answer(primary) is { InRecovery: false } && MajorVersionChecks.WhyNot(now) is { } unusable)
        {
            return Verdict.Block(unusable.Reason, unusable.Message);
        }

        if (now.Spec.Promote == ClusterSpec.PromoteAny)
        {
            return Any(now, primary);
        }

        return PromotionChecks.WhyNot(now, primary, now.Spec.Promote) is { } no ? Verdict.Block(no.Reason, no.Message) : Start(now, primary, now.Spec.Promote);
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
            .Select(one => (Name: one, No: PromotionChecks.WhyNot(now, primary, one), Lsn: now.Seen.Answer(one)?.Lsn ?? 0)).ToList();
        var best = standbys.Where(one => one.No is null).OrderByDescending(one => one.Lsn).Select(one => one.Name).FirstOrDefault();
        return best is not null ? Start(now, primary, best)
            : standbys.Count == 0 ? Verdict.Block(Reasons.NoStandby, "spec.promote: there is no standby to promote")
            : Verdict.Block(standbys[0].No!.Reason, string.Join("; ", standbys.Select(one => one.No!.Message)));
    }
}
