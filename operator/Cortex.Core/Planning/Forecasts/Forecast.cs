using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Forecasts;

/// <summary>
/// What an edit of a cluster's spec would do: the planner's own plans, one pass after the other, over a simulated cluster that is healthy
/// and in which every step succeeds.
/// </summary>
public sealed record Forecast
{
    private const int MostPasses = 40;

    /// <summary>The time between passes while there is work.</summary>
    private static readonly TimeSpan PassInterval = TimeSpan.FromSeconds(1);

    /// <summary>In order, lanes one after the other.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>What would be refused or blocked.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The instances whose PostgreSQL is stopped, in order; an instance that is stopped twice is named twice.</summary>
    public IReadOnlyList<string> Restarts =>
        [.. Steps.Select(Stopped).OfType<string>()];

    public int Switchovers => Steps.OfType<Step.HandOver>().Count();

    /// <summary>How often the primary is stopped and started in place.</summary>
    public int RestartsInPlace => Steps.OfType<Step.Checkpoint>().Count();

    /// <param name="live">The cluster as it is, with its status. It must have a primary.</param>
    /// <param name="edited">The edited spec.</param>
    /// <param name="before">The image that the cluster runs.</param>
    /// <param name="after">The image that the edited spec names.</param>
    public static Forecast Of(CortexCluster live, ClusterSpec edited, ImageFacts before, ImageFacts after, DateTimeOffset now)
    {
        var world = new SoundCluster(live, edited, before, after);
        List<Step> steps = [];
        for (var passes = 0; passes < MostPasses; passes++)
        {
            now += PassInterval;
            var plan = ClusterPlanner.Plan(world.Cluster, world.Observe(now), now);
            var doing = plan.InOrder.ToList();
            // A step that the simulation does not know would be planned again and again.
            if (doing.Count == 0 || doing.SequenceEqual(steps.TakeLast(doing.Count)))
            {
                return new Forecast { Steps = steps, Refusal = plan.Refusal ?? plan.PromotionBlocked };
            }

            doing.ForEach(step => world.Do(step, now));
            steps.AddRange(doing);
        }

        return new Forecast { Steps = steps };
    }

    /// <summary>The median of the write gaps of this cluster's switchovers; null where no switchover has a measured gap.</summary>
    public static (long Milliseconds, int Of)? UsualGap(ClusterStatus? status)
    {
        var gaps = (status?.PromotionHistory ?? []).Where(receipt => receipt.Kind == PromotionKind.Switchover)
            .Select(receipt => receipt.WriteGapMs).OfType<long>().Order().ToList();
        return gaps.Count == 0 ? null : (gaps[gaps.Count / 2], gaps.Count);
    }

    private static string? Stopped(Step step) => step switch
    {
        Step.StopPod stopPod => stopPod.Instance,
        Step.HandOver handOver => handOver.Instance,
        Step.Fence fence => fence.Instance,
        _ => null,
    };
}
