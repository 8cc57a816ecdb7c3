using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>The events that a user reads.</summary>
public sealed class ClusterEventTests
{
    [Fact]
    public void The_creation_of_a_cluster_has_events_from_the_first_primary_to_ready()
    {
        var begun = new ClusterStatus { Primary = Pr, Conditions = [Ready("False", Reasons.Creating)] };
        var made = begun with
        {
            Instances = [Instance(Pr, InstanceStates.Running), Instance(S1, InstanceStates.Streaming)],
            Conditions = [Ready("True", Reasons.AsDesired)],
        };

        Assert.Equal(["Created: cortex-pr is the first primary of this cluster"], Told(null, begun));
        Assert.Equal(["StandbyStreaming: cortex-s1 streams from cortex-pr", "Ready: said"], Told(begun, made));
        Assert.Empty(Told(made, made));
    }

    [Theory]
    [InlineData(Reasons.PrimaryUnreachable, true)]
    [InlineData(Reasons.InvalidSpec, true)]
    [InlineData(Reasons.InstancesMissing, false)]
    public void Why_a_cluster_is_not_ready_is_one_event_and_a_warning_only_for_a_problem(string reason, bool warning)
    {
        var ready = Led() with { Conditions = [Ready("True", Reasons.AsDesired)] };
        var not = Led() with { Conditions = [Ready("False", reason)] };

        Assert.Equal(new ClusterEvent(warning, reason, "said"), Assert.Single(ClusterEvents.Between(ready, not)));
        Assert.Empty(ClusterEvents.Between(not, not));
    }

    [Fact]
    public void A_promotion_says_who_follows_whom_and_why()
    {
        Assert.Equal(
            new ClusterEvent(false, EventReasons.PromotionStarted,
                "cortex-pr is stopped cleanly and hands over to cortex-s1, as spec.promote asks"),
            ClusterEvents.Of(new Step.BeginPromotion(Pr, S1, PromotionKind.Switchover)));
        Assert.Equal(
            new ClusterEvent(
                false,
                EventReasons.PromotionStarted,
                "cortex-pr does not answer, is stopped for good, and is followed by cortex-s1, as spec.promote asks"),
            ClusterEvents.Of(new Step.BeginPromotion(Pr, S1, PromotionKind.Failover)));
        Assert.Equal(
            new ClusterEvent(true, EventReasons.PromotionAbandoned, "cortex-pr stays the primary: spec.promote was changed back"),
            ClusterEvents.Of(new Step.AbandonPromotion(Pr, "spec.promote was changed back")));
    }

    /// <summary>The reasons are words that users know; the names of steps are words of the planner.</summary>
    [Fact]
    public void No_event_bears_the_name_of_a_step()
    {
        var steps = typeof(Step).GetNestedTypes(BindingFlags.Public).Select(type => type.Name).ToHashSet();
        var told = new Step[]
        {
            new Step.FinishJoin(S1, Pr), new Step.DecideRejoined(S1), new Step.DecideFenced(S1),
            new Step.DecideSynchronous(new() { Standbys = [S1] }),
            new Step.BeginPromotion(Pr, S1, PromotionKind.Failover), new Step.AbandonPromotion(Pr, "why"),
        }.Select(step => ClusterEvents.Of(step)!).ToList();

        Assert.All(told, clusterEvent => Assert.DoesNotContain(clusterEvent.Reason, steps));
        Assert.All(told, clusterEvent => Assert.Matches("cortex-(pr|s1)", clusterEvent.Message));
        Assert.Null(ClusterEvents.Of(new Step.DecideSynchronous(null)));
    }

    private static IEnumerable<string> Told(ClusterStatus? before, ClusterStatus after) =>
        ClusterEvents.Between(before, after).Select(clusterEvent => $"{clusterEvent.Reason}: {clusterEvent.Message}");

    private static InstanceStatus Instance(string name, string state) => new() { Name = name, Role = "Standby", State = state };

    private static Condition Ready(string status, string reason) =>
        new() { Type = ConditionTypes.Ready, Status = status, Reason = reason, Message = "said" };
}
