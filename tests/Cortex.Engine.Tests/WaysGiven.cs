using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Act;

namespace Cortex.Engine.Tests;

/// <summary>What an edit of the resource ends, and what it waits for.</summary>
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

    private static readonly Step[] Others =
    [
        new Step.DecidePrimary(One), new Step.BeginPromotion(One, "cortex-s1", PromotionKind.Failover), new Step.Fence(One, "why"),
        new Step.HandOver(One, "cortex-s1"), new Step.StopPod(One, "why"),
        new Step.StartPod(One), new Step.Promote(One), new Step.CompletePromotion(One), new Step.Initialise(One),
        new Step.Join(One, "cortex-s1"), new Step.FinishJoin(One, "cortex-s1"),
        new Step.AwaitReplay("cortex-s1", One), new Step.ConfirmSynchronous(One, ["cortex-s1"], FromNothing: true),
    ];

    [Fact]
    public void Other_steps_are_done_whole() => Assert.All(Others, step => Assert.False(PlanExecutor.EndsWithEdit(step, Silent)));

    /// <summary>
    /// The pod of a primary was deleted, it is to be made anew, and the spec asks for another: the failover does not wait for the
    /// configuration of the old one.
    /// </summary>
    [Fact]
    public void The_configuration_of_an_instance_that_is_silent_gives_way() =>
        Assert.True(PlanExecutor.EndsWithEdit(new Step.Configure(One, "why"), Silent));

    [Fact]
    public void The_configuration_of_an_instance_that_answers_is_brought_to_its_end() =>
        Assert.False(PlanExecutor.EndsWithEdit(new Step.Configure(One, "why"), Answering));
}
