using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What a user reads under Events.</summary>
public sealed class NewsTests
{
    [Fact]
    public void The_making_of_a_cluster_is_told_from_the_first_primary_to_ready()
    {
        var begun = new ClusterStatus { Primary = Pr, Conditions = [Ready("False", Reasons.Creating)] };
        var made = begun with { Instances = [Instance(Pr, InstanceStates.Running), Instance(S1, InstanceStates.Streaming)], Conditions = [Ready("True", Reasons.AsDesired)] };

        Assert.Equal(["Created: cortex-pr is the first primary of this cluster"], Told(null, begun));
        Assert.Equal(["StandbyStreaming: cortex-s1 streams from cortex-pr", "Ready: said"], Told(begun, made));
        Assert.Empty(Told(made, made));
    }

    [Theory]
    [InlineData(Reasons.PrimaryUnreachable, true)]
    [InlineData(Reasons.InvalidSpec, true)]
    [InlineData(Reasons.InstancesMissing, false)]
    public void What_makes_a_cluster_unready_is_told_once_and_warns_only_of_trouble(string reason, bool warning)
    {
        var ready = Led() with { Conditions = [Ready("True", Reasons.AsDesired)] };
        var not = Led() with { Conditions = [Ready("False", reason)] };

        Assert.Equal(new News(warning, reason, "said"), Assert.Single(Newsworthy.Between(ready, not)));
        Assert.Empty(Newsworthy.Between(not, not));
    }

    [Fact]
    public void A_promotion_says_who_follows_whom_and_why()
    {
        Assert.Equal(
            new News(false, NewsReasons.PromotionStarted, "cortex-pr is stopped cleanly and hands over to cortex-s1, as spec.promote asks"),
            Newsworthy.Of(new Step.BeginPromotion(Pr, S1, PromotionKind.Switchover)));
        Assert.Equal(
            new News(false, NewsReasons.PromotionStarted, "cortex-pr does not answer, is stopped for good, and is followed by cortex-s1, as spec.promote asks"),
            Newsworthy.Of(new Step.BeginPromotion(Pr, S1, PromotionKind.Failover)));
        Assert.Equal(
            new News(true, NewsReasons.PromotionAbandoned, "cortex-pr stays the primary: spec.promote was taken back"), Newsworthy.Of(new Step.AbandonPromotion(Pr, "spec.promote was taken back")));
    }

    /// <summary>Reasons are words of the users' world; those of steps are the planner's.</summary>
    [Fact]
    public void No_event_bears_the_name_of_a_step()
    {
        var steps = typeof(Step).GetNestedTypes(BindingFlags.Public).Select(type => type.Name).ToHashSet();
        var told = new Step[]
        {
            new Step.FinishJoin(S1, Pr), new Step.DecideRejoined(S1), new Step.DecideFenced(S1), new Step.DecideSynchronous(new() { Standbys = [S1] }),
            new Step.BeginPromotion(Pr, S1, PromotionKind.Failover), new Step.AbandonPromotion(Pr, "why"),
        }.Select(step => Newsworthy.Of(step)!).ToList();

        Assert.All(told, news => Assert.DoesNotContain(news.Reason, steps));
        Assert.All(told, news => Assert.Matches("cortex-(pr|s1)", news.Message));
        Assert.Null(Newsworthy.Of(new Step.DecideSynchronous(null)));
    }

    private static IEnumerable<string> Told(ClusterStatus? before, ClusterStatus after) => Newsworthy.Between(before, after).Select(one => $"{one.Reason}: {one.Message}");

    private static InstanceStatus Instance(string name, string state) => new() { Name = name, Role = "Standby", State = state };

    private static Condition Ready(string status, string reason) => new() { Type = ConditionTypes.Ready, Status = status, Reason = reason, Message = "said" };
}
