using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Promotion;

/// <summary>The steps of a promotion, from the decision to the record that it is done.</summary>
internal static class PromotionPlan
{
    /// <summary>A switchover where the primary is alive, a failover where it does not answer.</summary>
    public static Verdict Start(Situation now, string primary, string to, PromotionCause cause = PromotionCause.Requested) =>
        now.Leader is not null
            ? Verdict.DoAndLook(
            [
                new Step.BeginPromotion(primary, to, PromotionKind.Switchover, Cause: cause),
                new Step.HandOver(primary, to),
                .. Commit(now, to),
            ])
            : Verdict.DoAndLook(
            [
                new Step.BeginPromotion(primary, to, PromotionKind.Failover, Cause: cause),
                new Step.Fence(primary, "it does not answer, and spec.promote asks for another"),
                .. DataLossChecks.NeedsSecondLook(now, to) ? [new Step.RecordFence(primary)] : Commit(now, to),
            ]);

    /// <summary>The steps after the old primary was seen stopped.</summary>
    public static IReadOnlyList<Step> Commit(Situation now, string to) =>
        [
            new Step.CommitPromotion(to, DataLossChecks.IsProvenComplete(now, to)),
            new Step.Promote(to),
            .. now.Seen.Inventory.HasServices ? [new Step.AssignRoles(to)] : Array.Empty<Step>(),
            new Step.CompletePromotion(to),
        ];
}
