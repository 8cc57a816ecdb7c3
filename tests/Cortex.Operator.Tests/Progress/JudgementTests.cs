using Cortex.Cli.Progress;
using Cortex.Core.Api;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Operator.Tests.Progress;

public sealed class JudgementTests
{
    private static readonly PromotionDecision UnderWay =
        new() { From = "cortex-pr", To = "cortex-s1", Kind = PromotionKind.Failover, RequestedAt = DateTimeOffset.UnixEpoch };

    public static TheoryData<PromotionDecision, string> Stages => new()
    {
        { UnderWay, "stopping cortex-pr" },
        { UnderWay with { StoppedAt = DateTimeOffset.UnixEpoch }, "cortex-pr is stopped; comparing the standbys with cortex-s1" },
        { UnderWay with { StoppedAt = DateTimeOffset.UnixEpoch, CommittedAt = DateTimeOffset.UnixEpoch }, "cortex-pr is stopped; promoting cortex-s1" },
        { UnderWay with { FencedAt = DateTimeOffset.UnixEpoch }, "cortex-pr is stopped; promoting cortex-s1" },
        { UnderWay with { PromotedAt = DateTimeOffset.UnixEpoch }, "cortex-s1 is promoted; waiting until it takes writes" },
    };

    [Theory, MemberData(nameof(Stages))]
    public void A_promotion_in_progress_says_which_of_its_facts_came_last(PromotionDecision begun, string says) =>
        Assert.Equal(says, PromotionProgress.Judge(Samples.Cluster(Samples.Ready() with { Promotion = begun }, "cortex-s1"), "cortex-s1", 2).Doing);

    [Theory]
    [InlineData(Reasons.InvalidSpec, 0)]
    [InlineData(Reasons.ImageUnusable, 10)]
    [InlineData(Reasons.Conflict, 10)]
    [InlineData(Reasons.ConfigurationRefused, 10)]
    [InlineData(Reasons.ActionFailed, 30)]
    public void Waiting_is_given_up_when_a_trouble_stays(string reason, int seconds)
    {
        var clock = new FakeTimeProvider();
        var readiness = new Readiness(clock);
        var cluster = Troubled(reason);

        if (seconds > 0)
        {
            Assert.Null(readiness.InVain(cluster));
            clock.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.Null(readiness.InVain(cluster));
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("because", readiness.InVain(cluster));
    }

    [Fact]
    public void A_trouble_that_passed_between_is_given_its_time_again()
    {
        var clock = new FakeTimeProvider();
        var readiness = new Readiness(clock);

        Assert.Null(readiness.InVain(Troubled(Reasons.ActionFailed)));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(readiness.InVain(Samples.Cluster(Samples.Ready())));
        Assert.Null(readiness.InVain(Troubled(Reasons.ActionFailed)));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(readiness.InVain(Troubled(Reasons.ActionFailed)));
    }

    [Fact]
    public void A_report_about_an_earlier_generation_is_no_reason_to_give_up()
    {
        Assert.Null(new Readiness(new FakeTimeProvider()).InVain(Troubled(Reasons.InvalidSpec, generation: 1)));
    }

    [Fact]
    public void A_cluster_that_lacks_only_a_fenced_former_primary_is_waited_for_no_longer()
    {
        var ready = Samples.Ready();
        var fenced = ready with
        {
            Instances = [ready.Instances[0] with { State = InstanceStates.Fenced }, ready.Instances[1]],
            Conditions = [Samples.Condition(ConditionTypes.Ready, "False", Reasons.InstancesMissing), Samples.Condition(ConditionTypes.Progressing, "False", Reasons.Idle)],
        };

        Assert.True(Readiness.IsSettled(Samples.Cluster(ready)));
        Assert.True(Readiness.IsSettled(Samples.Cluster(fenced)));
        Assert.False(Readiness.IsSettled(Samples.Cluster(fenced with { ObservedGeneration = 1 })));
        Assert.False(Readiness.IsSettled(Samples.Cluster(fenced with { Instances = [fenced.Instances[0]] })));
    }

    [Theory]
    [InlineData(2L, "False", Reasons.Idle, true)]
    [InlineData(1L, "False", Reasons.Idle, false)]
    [InlineData(2L, "True", Reasons.Working, false)]
    public void A_cluster_that_is_Ready_is_waited_for_until_the_edit_is_done(long observed, string progressing, string reason, bool settled)
    {
        var status = Samples.Ready() with
        {
            ObservedGeneration = observed,
            Conditions = [Samples.Condition(ConditionTypes.Ready, "True", Reasons.AsDesired), Samples.Condition(ConditionTypes.Progressing, progressing, reason)],
        };

        Assert.Equal(settled, Readiness.IsSettled(Samples.Cluster(status)));
    }

    [Fact]
    public void A_promotion_is_done_when_the_operator_has_seen_the_wish_and_nothing_is_under_way()
    {
        var done = Samples.Ready();
        var cluster = Samples.Cluster(done, promote: "cortex-s1");

        Assert.True(PromotionProgress.Judge(cluster, "cortex-s1", 2).Done);
        Assert.False(PromotionProgress.Judge(Samples.Cluster(done with { ObservedGeneration = 1 }, "cortex-s1"), "cortex-s1", 2).Done);
        Assert.False(PromotionProgress.Judge(Samples.Cluster(done with { Promotion = UnderWay }, "cortex-s1"), "cortex-s1", 2).Done);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(1L, false)]
    [InlineData(2L, true)]
    public void A_wish_for_any_primary_is_done_when_the_operator_has_answered_it(long? answered, bool done)
    {
        var cluster = Samples.Cluster(Samples.Ready() with { AnySettled = answered }, promote: "any");

        Assert.Equal(done, PromotionProgress.Judge(cluster, "any", 2).Done);
        Assert.False(PromotionProgress.Judge(Samples.Cluster(cluster.Status! with { Promotion = UnderWay }, "any"), "any", 2).Done);
    }

    [Fact]
    public void A_promotion_that_is_blocked_says_why_unless_that_was_about_an_earlier_wish()
    {
        var blocked = Samples.Ready() with { Primary = "cortex-pr", Conditions = [Samples.Condition(ConditionTypes.PromotionBlocked, "True", Reasons.TargetLagging, "too far behind")] };
        var cluster = Samples.Cluster(blocked, promote: "cortex-s1");

        Assert.Equal("too far behind", PromotionProgress.Judge(cluster, "cortex-s1", 2).Blocked);
        Assert.Null(PromotionProgress.Judge(cluster, "cortex-s1", 3).Blocked);
    }

    [Theory]
    [InlineData(Reasons.TargetLagging, 0)]
    [InlineData(Reasons.TargetNotStreaming, 20)]
    [InlineData(Reasons.TargetUnreachable, 20)]
    public void A_promotion_that_is_blocked_is_waited_for_where_the_reason_may_pass(string reason, int seconds)
    {
        var clock = new FakeTimeProvider();
        var patience = new PromotionPatience(clock);
        var blocked = PromotionProgress.Judge(
            Samples.Cluster(Samples.Ready() with { Primary = "cortex-pr", Conditions = [Samples.Condition(ConditionTypes.PromotionBlocked, "True", reason)] }, promote: "cortex-s1"), "cortex-s1", 2);

        Assert.Equal(seconds == 0, patience.InVain(blocked));
        clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(seconds == 0, patience.InVain(blocked));

        // It was unblocked in between: its time begins again.
        Assert.False(patience.InVain(new PromotionProgress(false, null, "")));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(seconds == 0, patience.InVain(blocked));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.True(patience.InVain(blocked));
    }

    [Fact]
    public void A_promotion_whose_wish_was_replaced_ends_the_wait()
    {
        Assert.Equal("spec.promote now asks for cortex-pr", PromotionProgress.Judge(Samples.Cluster(promote: "cortex-pr"), "cortex-s1", 2).Blocked);
    }

    private static CortexCluster Troubled(string reason, long generation = 2) => Samples.Cluster(new ClusterStatus
    {
        Conditions = [Samples.Condition(ConditionTypes.Ready, "False", reason, "because", generation)],
    });
}
