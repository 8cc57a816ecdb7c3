using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>
/// One pass of the engine over a world: what it observed and planned, and what it has in memory only. <see cref="PassRun"/> does its steps.
/// </summary>
internal sealed class Pass
{
    public Pass(World world, Observation? seen = null)
    {
        World = world;
        Seen = seen ?? world.Observe();
        Cluster = world.Cluster;
        Plan = ClusterPlanner.Plan(Cluster, Seen, world.Now);
        Steps = [.. Plan.InOrder];
        Invariants.OfPlan(Plan, new Situation(Cluster, Seen, world.Now));
    }

    /// <summary>A copy that continues apart.</summary>
    public Pass(Pass same)
    {
        (World, Seen, Plan, Steps, Cluster) = (same.World, same.Seen, same.Plan, same.Steps, same.World.Cluster);
        Cluster.Status = same.Cluster.Status;
    }

    public World World { get; private set; }

    public Observation Seen { get; }

    public Plan Plan { get; }

    public CortexCluster Cluster { get; }

    /// <summary>Every step in the order in which it would begin, lanes one after the other.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>Changes what the next report says without writing it.</summary>
    public void Keep(Func<ClusterStatus, ClusterStatus> decision) => Cluster.Status = decision(Cluster.Status ?? new ClusterStatus());

    public void Decide(Func<ClusterStatus, ClusterStatus> decision, string? doing)
    {
        Keep(decision);
        Report(new PassOutcome(doing, null));
    }

    public void Report(PassOutcome outcome)
    {
        Cluster.Status = StatusReport.Build(new Situation(Cluster, Seen, World.Now), Plan, outcome);
        World = World with { Status = Cluster.Status };
    }

    public void Set(Instance instance) => World = World.With(instance);

    public void Set(World world) => World = world;
}
