using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Lifecycle;

namespace Cortex.Core.Planning.Policies.Promotion;

/// <summary>Starts the promotion that the spec requests, or says why it is not possible.</summary>
internal static class BeginPromotion
{
    public static Verdict Decide(Situation now)
    {
        if (!PromotionRequest.IsOpen(now.Cluster) || now.Status.Primary is not { } primary)
        {
            return Verdict.Nothing;
        }

        // A failover needs no image. After a switchover the former primary could not come back without one.
        if (now.Leader is not null && MajorVersionChecks.WhyNot(now) is { } unusable)
        {
            return Verdict.Block(unusable);
        }

        if (now.Spec.Promote is not { } to || to == ClusterSpec.PromoteAny)
        {
            return Any(now, primary);
        }

        return PromotionChecks.WhyNot(now, primary, to) is { } no ? Verdict.Block(no) : PromotionPlan.Start(now, primary, to);
    }

    /// <summary>
    /// Answered once for each edit of the spec: by the primary if it is alive, else by the standby with the most WAL. A cluster whose
    /// primary dies later does not fail over by itself because the field still says <c>any</c>.
    /// </summary>
    private static Verdict Any(Situation now, string primary)
    {
        if (now.Leader is not null)
        {
            return Verdict.Do(new Step.SettleAny());
        }

        var standbys = now.Members.Where(member => member != primary)
            .Select(member => (Name: member, No: PromotionChecks.WhyNot(now, primary, member), Lsn: now.Seen.Answer(member)?.Lsn ?? 0))
            .ToList();
        var best = standbys.Where(standby => standby.No is null).OrderByDescending(standby => standby.Lsn)
            .Select(standby => standby.Name).FirstOrDefault();
        return best is not null ? PromotionPlan.Start(now, primary, best)
            : standbys.Count == 0 ? Verdict.Block(new(Reasons.NoStandby, "spec.promote: there is no standby to promote"))
            : Verdict.Block(new(standbys[0].No!.Reason, string.Join("; ", standbys.Select(entry => entry.No!.Message))));
    }
}
