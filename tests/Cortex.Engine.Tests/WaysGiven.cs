using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Act;

namespace Cortex.Engine.Tests;

/// <summary>What a new wish breaks off, and what it waits for.</summary>
public sealed class WaysGiven
{
    private const string One = "cortex-pr";

    private static readonly Observation Silent = new()
    {
        Cluster = new ClusterKey("default", "cortex"),
        Inventory = Inventory.Empty,
        Image = new(null, null),
    };

    private static readonly Observation Answering = Silent with
    {
        Postgres = new Dictionary<string, PostgresSeen>
        {
            [One] = new() { InRecovery = false, SystemIdentifier = "7", Timeline = 1, Lsn = 1 },
        },
    };

    private static readonly Step[] Waits = [new Step.AwaitAnswer(One), new Step.AwaitStreaming(One)];

    private static readonly Step[] Deeds =
    [
        new Step.DecidePrimary(One), new Step.BeginPromotion(One, "cortex-s1", PromotionKind.Failover), new Step.Fence(One, "why"),
        new Step.HandOver(One, "cortex-s1"), new Step.StopPod(One, "why"),
        new Step.StartPod(One), new Step.Promote(One), new Step.CompletePromotion(One), new Step.Initialise(One),
        new Step.Join(One, "cortex-s1"), new Step.FinishJoin(One, "cortex-s1"),
    ];

    [Fact]
    public void What_only_takes_long_gives_way() => Assert.All(Waits, step => Assert.True(PlanExecutor.GivesWay(step, Answering)));

    /// <summary>A start is ordered whole; the wait for it gives way by itself.</summary>
    [Fact]
    public void What_decides_stops_starts_or_promotes_is_done_whole() =>
        Assert.All(Deeds, step => Assert.False(PlanExecutor.GivesWay(step, Silent)));

    /// <summary>
    /// The pod of a primary was deleted, it is to be made anew, and somebody asks for another: the failover does not wait for the
    /// configuration of the old one.
    /// </summary>
    [Fact]
    public void The_configuration_of_an_instance_that_is_silent_gives_way() =>
        Assert.True(PlanExecutor.GivesWay(new Step.Configure(One, "why"), Silent));

    /// <summary>Whoever breaks that off leaves it stopped.</summary>
    [Fact]
    public void One_that_answered_and_was_stopped_for_it_is_brought_back_first() =>
        Assert.False(PlanExecutor.GivesWay(new Step.Configure(One, "why"), Answering));
}
