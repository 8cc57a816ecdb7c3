using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Forecasts;

/// <summary>
/// What an edit of a cluster's spec would do: the planner's own plans, one pass after the other, over a cluster that is as it should be and in which every step
/// succeeds.
/// </summary>
public sealed record Forecast
{
    private const int MostPasses = 40;

    /// <summary>As they follow each other while something is done.</summary>
    private static readonly TimeSpan BetweenPasses = TimeSpan.FromSeconds(1);

    /// <summary>In order, lanes one after the other.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>What would be refused, or held back.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The instances whose PostgreSQL is stopped, in order; one that is stopped twice is named twice.</summary>
    public IReadOnlyList<string> Restarts =>
        [.. Steps.Select(step => step switch { Step.StopPod one => one.Instance, Step.HandOver one => one.Instance, Step.Fence one => one.Instance, _ => null }).OfType<string>()];

    public int Switchovers => Steps.OfType<Step.HandOver>().Count();

    /// <summary>How often the primary is stopped and started in place.</summary>
    public int RestartsInPlace => Steps.OfType<Step.Checkpoint>().Count();

    /// <param name="live">The cluster as it is, with its status. It must have a primary.</param>
    /// <param name="edited">The spec as it would be.</param>
    /// <param name="before">The image that it runs.</param>
    /// <param name="after">The image that the edited spec names.</param>
    public static Forecast Of(CortexCluster live, ClusterSpec edited, ImageFacts before, ImageFacts after, DateTimeOffset now)
    {
        var world = new SoundCluster(live, edited, before, after);
        List<Step> steps = [];
        for (var passes = 0; passes < MostPasses; passes++)
        {
            now += BetweenPasses;
            var plan = ClusterPlanner.Plan(world.Cluster, world.Observe(now), now);
            var doing = plan.InOrder.ToList();
            // What this cluster does not know how to do would be planned again and again.
            if (doing.Count == 0 || doing.SequenceEqual(steps.TakeLast(doing.Count)))
            {
                return new Forecast { Steps = steps, Refusal = plan.Refusal ?? plan.PromotionBlocked };
            }

            doing.ForEach(step => world.Do(step, now));
            steps.AddRange(doing);
        }

        return new Forecast { Steps = steps };
    }

    /// <summary>The median of the write gaps that this cluster's switchovers had; null where there is none with a gap that was seen.</summary>
    public static (long Milliseconds, int Of)? UsualGap(ClusterStatus? status)
    {
        var gaps = (status?.PromotionHistory ?? []).Where(one => one.Kind == PromotionKind.Switchover).Select(one => one.WriteGapMs).OfType<long>().Order().ToList();
        return gaps.Count == 0 ? null : (gaps[gaps.Count / 2], gaps.Count);
    }
}
