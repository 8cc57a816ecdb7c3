using Cortex.Cli.Progress;
using Cortex.Core.Api;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Cli.Tests.Progress;

public sealed class WaitTests
{
    private static readonly PromotionDecision Begun =
        new() { From = "cortex-pr", To = "cortex-s1", Kind = PromotionKind.Failover, RequestedAt = DateTimeOffset.UnixEpoch };

    public static TheoryData<PromotionDecision, string> Stages => new()
    {
        { Begun, "stopping cortex-pr" },
        { Begun with { StoppedAt = DateTimeOffset.UnixEpoch }, "cortex-pr is stopped; comparing the standbys with cortex-s1" },
        {
            Begun with { StoppedAt = DateTimeOffset.UnixEpoch, CommittedAt = DateTimeOffset.UnixEpoch },
            "cortex-pr is stopped; promoting cortex-s1"
        },
        { Begun with { FencedAt = DateTimeOffset.UnixEpoch }, "cortex-pr is stopped; promoting cortex-s1" },
        { Begun with { PromotedAt = DateTimeOffset.UnixEpoch }, "cortex-s1 is promoted; waiting until it accepts writes" },
    };

    [Theory, MemberData(nameof(Stages))]
    public void A_promotion_in_progress_shows_its_latest_fact(PromotionDecision begun, string text)
    {
        var cluster = Samples.Cluster(Samples.Ready() with { Promotion = begun }, "cortex-s1");

        Assert.Equal(text, PromotionProgress.Judge(cluster, "cortex-s1", 2).Activity);
    }

    [Theory]
    [InlineData(Reasons.InvalidSpec, 0)]
    [InlineData(Reasons.ImageUnusable, 10)]
    [InlineData(Reasons.Conflict, 10)]
    [InlineData(Reasons.ConfigurationRefused, 10)]
    [InlineData(Reasons.ActionFailed, 30)]
    public void The_wait_is_given_up_if_a_problem_persists(string reason, int seconds)
    {
        var clock = new FakeTimeProvider();
        var readiness = new Readiness(clock);
        var cluster = WithProblem(reason);

        if (seconds > 0)
        {
            Assert.Null(readiness.WhyGiveUp(cluster));
            clock.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.Null(readiness.WhyGiveUp(cluster));
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("because", readiness.WhyGiveUp(cluster));
    }

    [Fact]
    public void The_time_of_a_problem_starts_again_after_an_interruption()
    {
        var clock = new FakeTimeProvider();
        var readiness = new Readiness(clock);

        Assert.Null(readiness.WhyGiveUp(WithProblem(Reasons.ActionFailed)));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(readiness.WhyGiveUp(Samples.Cluster(Samples.Ready())));
        Assert.Null(readiness.WhyGiveUp(WithProblem(Reasons.ActionFailed)));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(readiness.WhyGiveUp(WithProblem(Reasons.ActionFailed)));
    }

    [Fact]
    public void A_condition_of_an_earlier_generation_does_not_end_the_wait()
    {
        Assert.Null(new Readiness(new FakeTimeProvider()).WhyGiveUp(WithProblem(Reasons.InvalidSpec, generation: 1)));
    }

    [Fact]
    public void A_cluster_that_lacks_only_a_fenced_former_primary_ends_the_wait()
    {
        var ready = Samples.Ready();
        var fenced = ready with
        {
            Instances = [ready.Instances[0] with { State = InstanceStates.Fenced }, ready.Instances[1]],
            Conditions =
            [
                Samples.Condition(ConditionTypes.Ready, "False", Reasons.InstancesMissing),
                Samples.Condition(ConditionTypes.Progressing, "False", Reasons.Idle),
            ],
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
    public void The_wait_for_a_Ready_cluster_ends_when_the_edit_is_done(long observed, string progressing, string reason, bool settled)
    {
        var status = Samples.Ready() with
        {
            ObservedGeneration = observed,
            Conditions =
            [
                Samples.Condition(ConditionTypes.Ready, "True", Reasons.AsDesired),
                Samples.Condition(ConditionTypes.Progressing, progressing, reason),
            ],
        };

        Assert.Equal(settled, Readiness.IsSettled(Samples.Cluster(status)));
    }

    [Fact]
    public void A_promotion_is_done_when_the_operator_has_observed_the_request_and_no_promotion_runs()
    {
        var done = Samples.Ready();
        var cluster = Samples.Cluster(done, promote: "cortex-s1");

        Assert.True(PromotionProgress.Judge(cluster, "cortex-s1", 2).Done);
        Assert.False(PromotionProgress.Judge(Samples.Cluster(done with { ObservedGeneration = 1 }, "cortex-s1"), "cortex-s1", 2).Done);
        Assert.False(
            PromotionProgress.Judge(Samples.Cluster(done with { Promotion = Begun }, "cortex-s1"), "cortex-s1", 2).Done);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(1L, false)]
    [InlineData(2L, true)]
    public void A_request_for_any_primary_is_done_when_the_operator_has_answered_it(long? answered, bool done)
    {
        var cluster = Samples.Cluster(Samples.Ready() with { AnySettled = answered }, promote: "any");

        Assert.Equal(done, PromotionProgress.Judge(cluster, "any", 2).Done);
        Assert.False(
            PromotionProgress.Judge(
                Samples.Cluster(cluster.Status! with { Promotion = Begun }, "any"), "any", 2).Done);
    }

    [Fact]
    public void A_blocked_promotion_has_a_reason_unless_the_reason_is_about_an_earlier_request()
    {
        var cluster = Blocked(Reasons.TargetLagging, "too far behind");

        Assert.Equal("too far behind", PromotionProgress.Judge(cluster, "cortex-s1", 2).Blocked);
        Assert.Null(PromotionProgress.Judge(cluster, "cortex-s1", 3).Blocked);
    }

    [Theory]
    [InlineData(Reasons.TargetLagging, 0)]
    [InlineData(Reasons.TargetNotStreaming, 20)]
    [InlineData(Reasons.TargetUnreachable, 20)]
    public void A_promotion_that_is_blocked_for_a_transient_reason_is_waited_for(string reason, int seconds)
    {
        var clock = new FakeTimeProvider();
        var wait = new BlockedPromotionWait(clock);
        var blocked = PromotionProgress.Judge(Blocked(reason), "cortex-s1", 2);

        Assert.Equal(seconds == 0, wait.ShouldGiveUp(blocked));
        clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(seconds == 0, wait.ShouldGiveUp(blocked));

        // It was unblocked in between, so its time begins again.
        Assert.False(wait.ShouldGiveUp(new PromotionProgress(false, null, "")));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(seconds == 0, wait.ShouldGiveUp(blocked));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.True(wait.ShouldGiveUp(blocked));
    }

    [Fact]
    public void The_wait_ends_if_spec_promote_is_changed_again()
    {
        Assert.Equal(
            "spec.promote is now cortex-pr", PromotionProgress.Judge(Samples.Cluster(promote: "cortex-pr"), "cortex-s1", 2).Blocked);
    }

    private static CortexCluster Blocked(string reason, string message = "") => Samples.Cluster(
        Samples.Ready() with
        {
            Primary = "cortex-pr",
            Conditions = [Samples.Condition(ConditionTypes.PromotionBlocked, "True", reason, message)],
        },
        promote: "cortex-s1");

    private static CortexCluster WithProblem(string reason, long generation = 2) => Samples.Cluster(new ClusterStatus
    {
        Conditions = [Samples.Condition(ConditionTypes.Ready, "False", reason, "because", generation)],
    });
}
