using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>A step did not succeed; the engine ends the pass.</summary>
internal sealed class StepFailed(string why) : Exception(why);

/// <summary>How a step fails.</summary>
internal enum Mishap
{
    None,

    /// <summary>Nothing of it happens.</summary>
    Refused,

    /// <summary>Its first half happens, and the operator does not learn of it.</summary>
    CutInHalf,

    /// <summary>All of it happens, and the reply is lost.</summary>
    ReplyLost,
}

/// <summary>
/// One pass of the engine over a world: observe, plan, act step by step, report. It has what the engine has in memory only.
/// </summary>
internal sealed class Pass
{
    private static readonly Mishap[] Mishaps = [.. Enum.GetValues<Mishap>().Where(one => one != Mishap.None)];

    public Pass(World world, Observation? seen = null)
    {
        World = world;
        Seen = seen ?? world.Observe();
        Cluster = world.Cluster;
        Plan = ClusterPlanner.Plan(Cluster, Seen, world.Now);
        Steps = [.. Plan.InOrder];
        Invariants.OfPlan(Plan, new Situation(Cluster, Seen, world.Now));
    }

    private Pass(Pass same)
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

    /// <summary>The result of every way in which the pass may be interrupted: after some steps, with a mishap to the next.</summary>
    public IEnumerable<(World After, Step Step, Mishap Mishap)> Interruptions()
    {
        foreach (var step in Steps)
        {
            foreach (var mishap in Mishaps)
            {
                var other = new Pass(this);
                other.Stumble(step, mishap);
                yield return (other.World, step, mishap);
            }

            if (!Succeeds(step))
            {
                // Whatever would fail later, the pass ends here.
                yield return (World, step, Mishap.None);
                yield break;
            }
        }
    }

    /// <summary>Does the first <paramref name="count"/> steps and <paramref name="mishap"/> to the next; all of them by default.</summary>
    public World Run(int count = int.MaxValue, Mishap mishap = Mishap.None)
    {
        var done = 0;
        foreach (var step in Steps)
        {
            if (done++ >= count)
            {
                Stumble(step, mishap);
                return World;
            }

            if (!Succeeds(step))
            {
                return World;
            }
        }

        if (done == 0)
        {
            Report(new PassOutcome(null, null));
        }

        return World;
    }

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

    private bool Succeeds(Step step)
    {
        try
        {
            Do(step);
            return true;
        }
        catch (StepFailed cause)
        {
            Report(new PassOutcome(null, cause.Message));
            return false;
        }
    }

    private void Do(Step step)
    {
        var before = World;
        Arms.Do(this, step);
        Invariants.OfChange(before, World, step);
        World = World.Risked(step).Kept(step.Says);
    }

    private void Stumble(Step step, Mishap mishap)
    {
        try
        {
            if (mishap == Mishap.CutInHalf)
            {
                Arms.Half(this, step);
            }
            else if (mishap == Mishap.ReplyLost)
            {
                Do(step);
            }
        }
        catch (StepFailed)
        {
            // It failed by itself; the mishap changes nothing.
        }
    }
}
