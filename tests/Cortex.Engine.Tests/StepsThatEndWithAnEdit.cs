using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Act;

namespace Cortex.Engine.Tests;

/// <summary>Which steps an edit of the resource ends, and which it waits for.</summary>
public sealed class StepsThatEndWithAnEdit
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
    public void No_other_step_ends_with_an_edit() => Assert.All(Others, step => Assert.False(PlanExecutor.EndsWithEdit(step, Silent)));

    /// <summary>
    /// The pod of a primary was deleted and is to be made again, and the edit asks for another primary: the failover does not wait for the
    /// configuration of the old one.
    /// </summary>
    [Fact]
    public void The_configuration_of_a_silent_instance_ends_with_an_edit() =>
        Assert.True(PlanExecutor.EndsWithEdit(new Step.Configure(One, "why"), Silent));

    [Fact]
    public void The_configuration_of_an_instance_that_answers_does_not_end_with_an_edit() =>
        Assert.False(PlanExecutor.EndsWithEdit(new Step.Configure(One, "why"), Answering));
}
