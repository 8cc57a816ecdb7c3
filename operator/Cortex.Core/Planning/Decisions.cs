using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>What the deciding steps write into status. Pure; whoever executes them stores the result before going on.</summary>
public static class Decisions
{
    public static ClusterStatus Primary(ClusterStatus status, string instance) =>
        status with { Primary = instance, Fenced = [.. status.Fenced.Where(one => one != instance)] };

    public static ClusterStatus Fenced(ClusterStatus status, string instance) =>
        status with { Fenced = [.. status.Fenced.Where(one => one != instance), instance] };

    /// <summary>From here on <paramref name="step"/>.From may not come back as a primary, unless the promotion is abandoned.</summary>
    public static ClusterStatus Begin(ClusterStatus status, Step.BeginPromotion step, DateTimeOffset now) =>
        Fenced(status, step.From) with
        {
            Promotion = new PromotionRecord { From = step.From, To = step.To, Kind = step.Kind, RequestedAt = now, PromotedAt = step.Promoted ? now : null },
            AbandonedPromotion = null,
        };

    /// <summary>The old primary was seen stopped, and in a switchover the new one has all of its WAL.</summary>
    public static ClusterStatus StoppedOld(ClusterStatus status, DateTimeOffset now) =>
        status.Promotion is { } begun ? status with { Promotion = begun with { FencedAt = begun.FencedAt ?? now } } : status;

    public static ClusterStatus Promoted(ClusterStatus status, DateTimeOffset now) =>
        status.Promotion is { } begun ? status with { Promotion = begun with { PromotedAt = begun.PromotedAt ?? now } } : status;

    /// <summary>The new primary was seen taking writes.</summary>
    public static ClusterStatus Complete(ClusterStatus status, string to, long timeline, DateTimeOffset now) => status with
    {
        Primary = to,
        Timeline = timeline,
        Promotion = null,
        LastPromotion = status.Promotion is { } begun ? begun with { WritableAt = now } : status.LastPromotion,
        Fenced = [.. status.Fenced.Where(one => one != to)],
    };

    public static ClusterStatus Abandon(ClusterStatus status, Step.AbandonPromotion step, long? generation) => status with
    {
        Promotion = null,
        Fenced = [.. status.Fenced.Where(one => one != step.From)],
        AbandonedPromotion = status.Promotion is { } begun ? new AbandonedPromotion(begun.To, generation, step.Why) : status.AbandonedPromotion,
    };
}
