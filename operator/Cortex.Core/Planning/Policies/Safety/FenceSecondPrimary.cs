using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Safety;

/// <summary>
/// Invariant I1 outside of promotions: an instance that accepts writes without being the decided primary is stopped; or adopted as the
/// primary, if it was promoted by hand.
/// </summary>
internal static class FenceSecondPrimary
{
    public static Verdict Decide(Situation now)
    {
        if (now.Status is not { Primary: { } primary, Promotion: null })
        {
            return Verdict.Nothing;
        }

        var second = now.Seen.Postgres.FirstOrDefault(pair => pair.Key != primary && pair.Value.AcceptsWrites);
        if (second.Value is null)
        {
            return Verdict.Nothing;
        }

        var promotedSince = !now.IsFenced(second.Key) && second.Value.Timeline > now.Status.Timeline
            && second.Value.SystemIdentifier == now.Status.SystemIdentifier;
        return promotedSince && now.Leader is null
            ? Verdict.DoAndLook(
                new Step.BeginPromotion(primary, second.Key, PromotionKind.Failover, Promoted: true),
                new Step.Fence(primary, $"{second.Key} was promoted by hand"),
                new Step.CompletePromotion(second.Key))
            : Verdict.DoAndLook(
                new Step.DecideFenced(second.Key),
                new Step.Fence(second.Key, $"it accepts writes, but {primary} is the primary"));
    }
}
