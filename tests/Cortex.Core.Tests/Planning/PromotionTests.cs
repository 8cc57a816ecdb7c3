using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>How the primary changes, and every reason why it does not.</summary>
public sealed class PromotionTests
{
    /// <summary>One edit may name both; the former primary could not come back with such an image.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public void With_an_image_of_another_major_version_only_a_failover_is_begun(bool lives)
    {
        var seen = Sound() with { Image = new ImageSeen(Image with { PostgresVersion = "15.14", MajorVersion = 15 }, null) };
        var cluster = Cluster(new() { Promote = S1, Image = "other" }, Led() with { PostgresVersion = "17.6" });
        var plan = Plan(cluster, lives ? seen : seen.WithPostgres(Pr, null).WithPod(Pr, null));

        Assert.Equal(!lives, plan.Flat().OfType<Step.BeginPromotion>().Any());
        Assert.Equal(lives ? Reasons.MajorVersionChange : null, plan.PromotionBlocked?.Reason);
    }

    private static readonly ClusterSpec Requested = new() { Promote = S1 };

    public static TheoryData<string, string, string> Blocked => new()
    {
        {
            "unknown",
            Reasons.UnknownInstance,
            "spec.promote: cortex-x is not an instance of this cluster; name one of cortex-pr, cortex-s1"
        },
        { "abandoned", Reasons.ActionFailed, "the promotion of cortex-s1 was abandoned: it broke; edit spec.promote to try again" },
        {
            "fenced",
            Reasons.TargetNotStandby,
            "cortex-s1 is a former primary that has not rejoined; it becomes a standby of cortex-pr first"
        },
        { "silent", Reasons.TargetUnreachable, "cortex-s1 does not answer" },
        { "other system", Reasons.OtherTimeline, "cortex-s1 belongs to another database system (other)" },
        { "other timeline", Reasons.OtherTimeline, "cortex-s1 is on timeline 7, cortex-pr on 1" },
        { "not streaming", Reasons.TargetNotStreaming, "cortex-s1 does not stream from cortex-pr" },
        { "lagging", Reasons.TargetLagging, "cortex-s1 is 67108865 bytes behind cortex-pr; at most 67108864 are waited for" },
    };

    [Theory]
    [MemberData(nameof(Blocked))]
    public void A_promotion_is_blocked_with_the_reason(string story, string reason, string message)
    {
        var (spec, status, seen) = (Requested, Led(), Sound());
        (spec, status, seen) = story switch
        {
            "unknown" => (spec with { Promote = "cortex-x" }, status, seen),
            "abandoned" => (spec, status with { AbandonedPromotion = new(S1, 3, "it broke") }, seen),
            "fenced" => (spec, status with { Fenced = [S1] }, seen),
            "silent" => (spec, status, seen.WithPostgres(S1, null)),
            "other system" => (spec, status, seen.WithPostgres(S1, Following() with { SystemIdentifier = "other" })),
            "other timeline" => (spec, status, seen.WithPostgres(S1, Following(7))),
            "not streaming" => (spec, status, seen.WithPostgres(S1, Following(streaming: false))),
            _ => (spec, status, seen.WithPostgres(Pr, Writing(lsn: (64UL << 20) + 1001))),
        };
        var plan = Plan(Cluster(spec, status), seen);

        Assert.Equal((reason, message), (plan.PromotionBlocked?.Reason, plan.PromotionBlocked?.Message));
        Assert.DoesNotContain(plan.Flat(), step => step is Step.BeginPromotion or Step.Promote or Step.HandOver);
    }

    [Fact]
    public void A_live_primary_hands_over_before_the_standby_is_promoted() => Assert.Equal(
        [
            new Step.BeginPromotion(Pr, S1, PromotionKind.Switchover), new Step.HandOver(Pr, S1),
            new Step.CommitPromotion(S1), new Step.Promote(S1), new Step.CompletePromotion(S1),
        ],
        Plan(Cluster(Requested, Led()), Sound()).Flat());

    [Theory]
    [InlineData(PodState.Exited, 1, false)]
    [InlineData(PodState.Exited, 6, true)]
    [InlineData(PodState.Running, 1, true)]
    public void The_pod_of_a_former_primary_goes_a_moment_later_and_at_once_when_it_runs(PodState state, int secondsAgo, bool goes)
    {
        var done = new PromotionReceipt
        {
            From = Pr,
            To = S1,
            Kind = PromotionKind.Failover,
            RequestedAt = Now.AddSeconds(-9),
            WritableAt = Now.AddSeconds(-secondsAgo),
        };
        var status = Led(S1) with { Fenced = [Pr], Timeline = 2, LastPromotion = done };
        var seen = Sound().WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, state)).WithPostgres(S1, Writing(2)) with
        {
            KeptData = new Dictionary<string, string> { [Pr] = "it is kept" },
        };

        Assert.Equal(goes, Plan(Cluster(null, status), seen).Flat().Contains(new Step.RemovePod(Pr)));
    }

    [Fact]
    public void A_silent_primary_is_fenced_before_the_standby_is_promoted() => Assert.Equal(
        [
            new Step.BeginPromotion(Pr, S1, PromotionKind.Failover),
            new Step.Fence(Pr, "it does not answer, and spec.promote asks for another"),
            new Step.CommitPromotion(S1), new Step.Promote(S1), new Step.CompletePromotion(S1),
        ],
        Plan(Cluster(Requested, Led()), Sound().WithPostgres(Pr, null)).Flat());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(Pr)]
    public void Without_a_request_for_another_instance_the_primary_stays(string? requested) =>
        Assert.True(Plan(Cluster(new() { Promote = requested }, Led()), Sound()).IsIdle);

    [Theory]
    [InlineData(Pr, "spec.promote was changed back")]
    [InlineData(null, "spec.promote no longer asks for cortex-s1")]
    public void A_promotion_is_abandoned_as_long_as_no_instance_was_asked(string? requested, string why) =>
        Assert.Equal(
            [new Step.AbandonPromotion(Pr, why)],
            Plan(Cluster(new() { Promote = requested }, Begun(PromotionKind.Switchover)), Sound()).Flat());

    [Theory]
    [InlineData(ControlState.ShutDown, 886, null)]
    [InlineData(ControlState.ShutDown, 887, "cortex-s1 did not receive the last 1 bytes")]
    [InlineData(ControlState.InProduction, 886, "cortex-pr did not end cleanly")]
    [InlineData(null, 0, "whether cortex-pr ended cleanly cannot be read")]
    public void An_interrupted_hand_over_continues_where_the_control_file_proves_that_nothing_is_missing(
        ControlState? state, ulong checkpoint, string? why)
    {
        var seen = Sound().WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, PodState.Exited)).WithPostgres(S1, Following(streaming: false)) with
        {
            Control = state is { } left
                ? new Dictionary<string, ControlFile> { [Pr] = new(Builders.Given.System, left, new Lsn(checkpoint), 1) }
                : [],
        };

        Assert.Equal(
            why is null ? new Step.HandOver(Pr, S1) : new Step.AbandonPromotion(Pr, why),
            Plan(Cluster(Requested, Begun(PromotionKind.Switchover)), seen).Flat()[0]);
    }

    [Theory]
    [InlineData(29, PodState.Running, ControlState.InArchiveRecovery, null)]
    [InlineData(31, PodState.Running, ControlState.InArchiveRecovery, "fences cortex-s1: it did not take over from cortex-pr")]
    [InlineData(
        31,
        PodState.Exited,
        ControlState.InArchiveRecovery,
        "abandons the promotion and keeps cortex-pr: cortex-s1 did not take over within 30 s")]
    [InlineData(31, PodState.Running, ControlState.InProduction, null)]
    [InlineData(31, PodState.Exited, ControlState.InProduction, "fences cortex-pr: cortex-s1 is to be promoted")]
    public void The_old_primary_comes_back_when_the_target_is_stopped_and_proven_never_promoted(
        int seconds, PodState state, ControlState left, string? first)
    {
        var begun = Begun(PromotionKind.Switchover);
        var status = Decisions.Commit(begun, Now.AddSeconds(-seconds));
        var seen = Sound().WithPostgres(Pr, null).WithPostgres(S1, null).WithPod(S1, Pod(S1, state)) with
        {
            Control = new Dictionary<string, ControlFile> { [S1] = new(Builders.Given.System, left, Lsn.Zero, 1) },
        };

        Assert.Equal(first, Plan(Cluster(Requested, status), seen).Flat().Select(step => step.Says).FirstOrDefault());
    }

    [Fact]
    public void A_target_that_may_have_begun_to_be_a_primary_is_fenced_when_its_promotion_is_abandoned()
    {
        var status = Decisions.Abandon(Begun(PromotionKind.Switchover), new(Pr, "why", FenceTarget: true), 3);

        Assert.Equal([S1], status.Fenced);
        Assert.Null(status.Promotion);
    }

    [Theory]
    [InlineData(true, null, "records that the primary is alive, so that no other is needed")]
    [InlineData(false, null, "begins the failover from cortex-pr to cortex-s2")]
    [InlineData(false, 3L, null)]
    public void Any_is_answered_once_for_each_edit_by_the_standby_with_the_most_WAL(bool lives, long? settled, string? first)
    {
        var seen = Sound(3).WithPostgres(S1, Following(lsn: 900));
        var cluster = Cluster(new() { Instances = 3, Promote = "any" }, Led() with { AnySettled = settled });
        var plan = Plan(cluster, lives ? seen : seen.WithPostgres(Pr, null));

        Assert.Equal(first, plan.Flat().Select(step => step.Says).FirstOrDefault());
    }

    [Fact]
    public void A_failover_to_a_standby_that_is_behind_another_needs_the_users_permission()
    {
        var seen = Sound(3).WithPostgres(Pr, null).WithPostgres(S2, Following(lsn: 1200));
        var spec = new ClusterSpec { Instances = 3, Promote = S1 };

        Assert.Equal(
            new Refusal(
                Reasons.DataLossPossible,
                "cortex-s2 has 200 bytes of WAL that cortex-s1 does not have",
                "promote cortex-s2, or set spec.promoteAllowDataLoss to promote it all the same"),
            Plan(Cluster(spec, Led()), seen).PromotionBlocked);
        Assert.Contains(new Step.Promote(S1), Plan(Cluster(spec with { PromoteAllowDataLoss = true }, Led()), seen).Flat());
    }

    [Theory]
    [InlineData(PromotionKind.Switchover, null)]
    [InlineData(PromotionKind.Switchover, Pr)]
    [InlineData(PromotionKind.Failover, Pr)]
    public void A_committed_promotion_continues_whatever_is_requested_since(PromotionKind kind, string? requested)
    {
        var status = Begun(kind);
        var plan = Plan(Cluster(new() { Promote = requested }, Decisions.Commit(status, Now)), Sound().WithPostgres(Pr, null));

        Assert.Equal(
            [new Step.Fence(Pr, "cortex-s1 is to be promoted"), new Step.CommitPromotion(S1), new Step.Promote(S1)],
            plan.Flat().Take(3));
    }

    [Fact]
    public void A_hand_over_that_did_not_begin_is_begun_again() =>
        Assert.Equal(
            [new Step.HandOver(Pr, S1), new Step.CommitPromotion(S1)],
            Plan(Cluster(Requested, Begun(PromotionKind.Switchover)), Sound()).Flat().Take(2));

    [Fact]
    public void What_was_begun_is_finished_under_an_invalid_spec()
    {
        var status = Begun(PromotionKind.Failover);
        var plan = Plan(Cluster(Requested with { Database = new() { Name = "postgres" } }, status), Sound().WithPostgres(Pr, null));

        Assert.Contains(new Step.Promote(S1), plan.Flat());
    }

    [Fact]
    public void A_second_writer_is_stopped_even_under_an_invalid_spec()
    {
        var plan = Plan(Cluster(new() { Image = "" }, Led()), Sound().WithPostgres(S1, Writing()));

        Assert.Equal([new Step.DecideFenced(S1), new Step.Fence(S1, "it accepts writes, but cortex-pr is the primary")], plan.Flat());
    }

    [Fact]
    public void An_instance_that_was_promoted_by_hand_becomes_the_primary_once_the_old_one_is_stopped()
    {
        var plan = Plan(Cluster(null, Led()), Sound().WithPostgres(Pr, null).WithPostgres(S1, Writing(2)));

        Assert.Equal(
            [
                new Step.BeginPromotion(Pr, S1, PromotionKind.Failover, Promoted: true),
                new Step.Fence(Pr, "cortex-s1 was promoted by hand"),
                new Step.CompletePromotion(S1),
            ],
            plan.Flat());
    }

    [Fact]
    public void A_fenced_pod_that_came_back_is_removed_before_a_promotion()
    {
        var cluster = Cluster(new() { Promote = S2, Instances = 3 }, Led(S1) with { Fenced = [Pr] });
        var plan = Plan(cluster, Sound(3).WithPostgres(Pr, null).WithPostgres(S1, null));

        Assert.IsType<Step.RemovePod>(plan.Flat()[0]);
        Assert.Contains(new Step.Promote(S2), plan.Flat());
    }

    [Theory]
    [InlineData(PodState.Paused)]
    [InlineData(PodState.Running)]
    public void A_standby_that_is_to_be_promoted_waits_for_an_instance_that_may_write_unseen(PodState hidden)
    {
        var seen = Sound().WithPostgres(Pr, Following()).WithPostgres(S1, null).WithPod(S1, Pod(S1, hidden));

        var atRest = seen.WithPod(S1, Pod(S1, PodState.Exited));

        Assert.Equal(
            "cortex-pr is to be promoted, but cortex-s1 does not answer and may accept writes; "
                + "if it is dead, remove its pod: podman pod rm --force cortex-s1",
            Plan(Cluster(null, Led()), seen).Holds.Single().Why);
        Assert.Equal([new Step.Promote(Pr), new Step.CompletePromotion(Pr)], Plan(Cluster(null, Led()), atRest).Flat());
    }

    [Theory]
    [InlineData(true, "cortex-s1 does not answer; the promotion continues when it does")]
    [InlineData(false, "the volume of cortex-s1, which was to be promoted, is gone; cortex-pr stays stopped, its data are kept")]
    public void A_committed_target_that_is_silent_is_waited_for(bool volume, string why)
    {
        var status = Begun(PromotionKind.Failover);
        var seen = Sound().WithPostgres(S1, null).WithPostgres(Pr, null);
        var plan = Plan(Cluster(Requested, Decisions.Commit(status, Now)), volume ? seen : seen.WithoutVolume(S1));

        Assert.Equal(why, plan.Holds.Single().Why);
    }

    private static ClusterStatus Begun(PromotionKind kind) =>
        Led() with { Fenced = [Pr], Promotion = new() { From = Pr, To = S1, Kind = kind, RequestedAt = Now } };
}
