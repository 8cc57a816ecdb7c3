using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>The promise of status.synchronous: widened before, narrowed after, and proven in between.</summary>
public sealed class SynchronyTests
{
    private static readonly ClusterSpec Required = new() { Replication = new() { Mode = ReplicationMode.Synchronous } };
    private static readonly ClusterSpec Preferred =
        new() { Replication = new() { Mode = ReplicationMode.Synchronous, Durability = Durability.Preferred } };

    private const string NotOnAStandby = "records that acknowledged commits need not be on a standby";

    private const string ConfiguresPrimary = $"configures {Pr} (its configuration or certificates changed)";
    private static readonly SynchronousStatus Suspended = new() { Suspended = true };

    [Theory]
    [InlineData(ReplicationMode.Asynchronous, Durability.Required, false, "", "")]
    [InlineData(ReplicationMode.Synchronous, Durability.Required, false, "cortex-s1 cortex-s2", "cortex-pr cortex-s2")]
    [InlineData(ReplicationMode.Synchronous, Durability.Required, true, "cortex-s1 cortex-s2", "cortex-pr cortex-s2")]
    [InlineData(ReplicationMode.Synchronous, Durability.Preferred, false, "cortex-s1 cortex-s2", "")]
    [InlineData(ReplicationMode.Synchronous, Durability.Preferred, true, "", "")]
    public void Which_standbys_an_instance_waits_for_follows_from_spec_and_status(
        ReplicationMode mode, Durability durability, bool suspended, string primary, string standby)
    {
        var spec = new ClusterSpec { Instances = 3, Replication = new() { Mode = mode, Durability = durability } };
        var status = Led() with { Synchronous = new() { Suspended = suspended } };

        Assert.Equal(primary, string.Join(' ', CommitWaits.Of("cortex", spec, status, Pr)));
        Assert.Equal(standby, string.Join(' ', CommitWaits.Of("cortex", spec, status, S1)));
    }

    [Fact]
    public void No_commit_waits_for_a_preferred_standby_that_was_never_there() =>
        Assert.Empty(CommitWaits.Of("cortex", Preferred, Led(), Pr));

    [Fact]
    public void To_go_over_to_synchronous_and_back_is_a_reload()
    {
        InstanceConfiguration Of(ClusterSpec spec) =>
            InstanceConfiguration.Render(Key, spec, Led(), Pr, Image, new Dictionary<string, string>(), []);

        Assert.NotEqual(Of(new()).Revision, Of(Required).Revision);
        Assert.Contains("synchronous_standby_names = 'ANY 1 (\"cortex-s1\")'", Of(Required).Settings, StringComparison.Ordinal);
        Assert.Contains("synchronous_standby_names = ''", Of(new()).Settings, StringComparison.Ordinal);
        Assert.False(ServerParameters.Usual.NeedRestart("synchronous_standby_names"));
    }

    [Fact]
    public void What_is_in_force_is_proven_then_recorded_and_then_nothing_is_left_to_do()
    {
        var seen = InForce(Required, S1);

        Assert.Equal(
            [
                $"makes sure that one of {S1} has every commit that {Pr} acknowledged",
                $"records that every acknowledged commit is on one of {S1}",
            ],
            Says(Required, null, seen));
        Assert.True(Plan(Cluster(Required, Led()), seen).Flat().OfType<Step.ConfirmSynchronous>().Single().FromNothing);
        Assert.True(Plan(Cluster(Required, Known(S1)), seen).IsIdle);
    }

    [Fact]
    public void Nothing_is_recorded_while_no_standby_streams_or_what_is_in_force_is_not_what_is_requested()
    {
        Assert.Empty(Says(Required, null, WithoutStandby(InForce(Required, S1))));
        Assert.Empty(Says(Required, null, Sound()));
    }

    [Fact]
    public void A_standby_more_is_recorded_before_it_may_confirm_and_one_less_only_when_another_has_all()
    {
        var three = Required with { Instances = 3 };
        var more = Stale(InForce(three, S1));
        Assert.Equal(
            [$"records that every acknowledged commit is on one of {S1}, {S2}", ConfiguresPrimary], Says(three, Known(S1), more));

        var less = Sound().WithPostgres(Pr, Sound().Answer(Pr)! with { SynchronousNames = SyncStandbys.Render([S1, S2]) });
        Assert.Equal([ConfiguresPrimary], Says(Required, Known(S1, S2), Stale(less)));
        var confirm = Plan(Cluster(Required, Known(S1, S2)), InForce(Required, S1)).Flat().OfType<Step.ConfirmSynchronous>().Single();
        Assert.Equal([S1], confirm.Among);
        Assert.False(confirm.FromNothing);
    }

    [Fact]
    public void An_instance_that_may_have_the_only_copy_is_not_removed()
    {
        var seen = InForce(Required with { Instances = 3 }, S1);
        var plan = Plan(Cluster(Required, Known(S1, S2)), WithoutStandby(seen));
        Assert.DoesNotContain(plan.Flat(), step => step is Step.RemovePod or Step.DeleteVolume);
        Assert.Contains(plan.Holds, hold => hold.Policy == "shrink");

        Assert.Contains(new Step.RemovePod(S2), Plan(Cluster(Required, Known(S1)), seen).Flat());
    }

    [Fact]
    public void The_promise_is_withdrawn_before_commits_no_longer_wait()
    {
        var back = Stale(InForce(Required, S1));

        Assert.Equal([NotOnAStandby, ConfiguresPrimary], Says(new(), Known(S1), back));
        Assert.True(Plan(Cluster(new(), Led()), Sound()).IsIdle);
    }

    [Fact]
    public void A_silent_primary_is_given_nothing_that_the_record_does_not_know()
    {
        var silent = InForce(Required, S1).WithPostgres(Pr, null);
        var written = silent with { WrittenRevisions = new Dictionary<string, string> { [Pr] = "old" } };

        Assert.Equal([NotOnAStandby, $"configures {Pr} (it does not answer)"], Says(new(), Known(S1), written));
    }

    [Fact]
    public void Another_value_in_force_ends_the_promise()
    {
        var other = InForce(Required, S1);
        var changed = other.WithPostgres(Pr, other.Answer(Pr)! with { SynchronousNames = "" });
        Assert.Equal([NotOnAStandby], Says(Required, Known(S1), changed));
    }

    [Fact]
    public void Where_a_standby_is_preferred_writers_are_released_and_wait_again_when_one_is_back()
    {
        var gone = WithoutStandby(InForce(Preferred, S1));
        Assert.Equal([new Step.SuspendSynchronous(Pr, [S1]).Says], Says(Preferred, Known(S1), gone));
        var suspended = Led() with { Synchronous = Suspended };
        Assert.Equal([$"configures {Pr} (commits do not wait while no standby streams)"], Says(Preferred, suspended, gone));
        var without = gone.WithPostgres(Pr, gone.Answer(Pr)! with { SynchronousNames = "" });
        Assert.Empty(Says(Preferred, Led() with { Synchronous = Suspended }, without));

        Assert.Equal(["records that commits are to wait for a standby"], Says(Preferred, Led() with { Synchronous = Suspended }, Sound()));
        Assert.Equal(["records that commits are to wait for a standby"], Says(Preferred, null, Sound()));
        Assert.Equal([ConfiguresPrimary], Says(Preferred, Led() with { Synchronous = new() }, Stale(Sound())));
    }

    [Fact]
    public void Where_a_standby_is_required_writers_wait()
    {
        var plan = Plan(Cluster(Required, Known(S1)), WithoutStandby(InForce(Required, S1)));
        Assert.Empty(plan.Steps);
    }

    [Fact]
    public void A_promotion_leaves_nothing_known() =>
        Assert.Null(Decisions.Complete(Known(S1), S1, 2, null, Now).Synchronous);

    [Fact]
    public void A_failover_that_rests_on_a_comparison_compares_again_once_the_old_primary_is_stopped()
    {
        var three = Required with { Instances = 3, Promote = S1 };
        var dead = InForce(three, S1, S2).WithPostgres(Pr, null);
        Assert.Equal(
            [
                new Step.BeginPromotion(Pr, S1, PromotionKind.Failover),
                new Step.Fence(Pr, "it does not answer, and spec.promote asks for another"),
                new Step.RecordFence(Pr),
            ],
            Plan(Cluster(three, Known(S1, S2)), dead).Flat());

        var begun = Decisions.Begin(Known(S1, S2), new(Pr, S1, PromotionKind.Failover), Now);
        Step[] fence = [new Step.Fence(Pr, $"{S1} is to be promoted"), new Step.RecordFence(Pr)];
        var stopped = dead.WithPod(Pr, Pod(Pr, PodState.Exited));
        var fenced = Decisions.FenceSeen(begun, Now);
        Assert.Equal(fence, Plan(Cluster(three, begun), dead).Flat());
        // At rest by a crash: the restart policy may start it again before the fence.
        Assert.Equal(fence, Plan(Cluster(three, begun), stopped).Flat());
        // A user started it after the fence.
        Assert.Equal(fence, Plan(Cluster(three, fenced), dead).Flat());
        Assert.Contains(new Step.Promote(S1), Plan(Cluster(three, fenced), stopped).Flat());
        Assert.Contains(new Step.Promote(S1), Plan(Cluster(three, fenced), stopped.WithPod(Pr, null)).Flat());
        var behind = stopped.WithPostgres(S2, Following(1, 1008));
        Assert.Contains(Plan(Cluster(three, fenced), behind).Holds, hold => hold.Why.Contains("8 bytes", StringComparison.Ordinal));
        var late = Decisions.FenceSeen(Decisions.Begin(Known(S1, S2), new(Pr, S1, PromotionKind.Failover), Now.AddMinutes(-1)), Now);
        Assert.IsType<Step.AbandonPromotion>(Assert.Single(Plan(Cluster(three, late), behind).Flat()));
        Assert.Contains(new Step.Promote(S1), Plan(Cluster(three with { PromoteAllowDataLoss = true }, late), behind).Flat());
    }

    public static TheoryData<string, PostgresSeen?> Doubtful => new()
    {
        { "silent", null },
        { "still replaying", Following() with { StillReplaying = true } },
        { "on another timeline", Following(2) },
        { "ahead", Following(1, 2000) },
    };

    [Theory]
    [MemberData(nameof(Doubtful))]
    public void A_failover_is_blocked_while_another_standby_may_have_more(string what, PostgresSeen? other)
    {
        var three = Required with { Instances = 3, Promote = S1 };
        var plan = Plan(Cluster(three, Known(S1, S2)), InForce(three, S1, S2).WithPostgres(Pr, null).WithPostgres(S2, other));

        Assert.True(plan.PromotionBlocked?.Reason == Reasons.DataLossPossible, what);
        Assert.DoesNotContain(plan.Flat(), step => step is Step.BeginPromotion);
    }

    [Theory]
    [InlineData(1, Durability.Required, "on", "spec.replication.mode")]
    [InlineData(1, Durability.Preferred, "on", null)]
    [InlineData(2, Durability.Required, "remote_apply", null)]
    [InlineData(2, Durability.Required, "off", "spec.postgres.parameters.synchronous_commit")]
    [InlineData(2, Durability.Preferred, "Local", "spec.postgres.parameters.synchronous_commit")]
    [InlineData(2, Durability.Preferred, "remote_write", "spec.postgres.parameters.synchronous_commit")]
    public void A_setting_that_makes_synchronous_mode_ineffective_is_refused(
        int instances, Durability durability, string commit, string? path)
    {
        var spec = new ClusterSpec
        {
            Instances = instances,
            Replication = new() { Mode = ReplicationMode.Synchronous, Durability = durability },
            Postgres = new() { Parameters = new Dictionary<string, string> { ["synchronous_commit"] = commit } },
        };

        Assert.Equal(path, Validity.Of(Cluster(spec)).SingleOrDefault()?.Path);
        Assert.Empty(Validity.Of(Cluster(spec with { Replication = new() })));
    }

    [Fact]
    public void The_condition_says_what_a_writer_can_expect()
    {
        var inForce = InForce(Required, S1);
        var none = Sound();
        Assert.Null(Condition(new(), null, none));
        Assert.Equal(("True", Reasons.InForce, "every commit waits for cortex-s1"), Condition(Required, Known(S1), inForce));
        Assert.Equal(("False", Reasons.NotYet), Short(Condition(Required, null, inForce)));
        Assert.Equal(("False", Reasons.NotYet), Short(Condition(Required, null, none)));
        Assert.Equal(
            ("False", Reasons.Waiting, "no standby confirms, so writes wait: cortex-s1 (Streaming)"),
            Condition(Required, Known(S1), WithoutStandby(inForce)));
        var withoutStandby = Condition(Preferred, Led() with { Synchronous = Suspended }, WithoutStandby(none));
        Assert.Equal(("False", Reasons.Suspended), Short(withoutStandby));
        Assert.Equal(("Unknown", Reasons.PrimaryUnreachable), Short(Condition(Required, Known(S1), inForce.WithPostgres(Pr, null))));
        var rejoining = Known(S1) with { LastPromotion = new() { From = S1, To = Pr, Kind = PromotionKind.Switchover, RequestedAt = Now } };
        var condition = Condition(Required, rejoining, WithoutStandby(inForce));
        Assert.EndsWith("the former primary, has to rejoin", condition!.Value.Message, StringComparison.Ordinal);
    }

    private static ClusterStatus Known(params string[] standbys) => Led() with { Synchronous = new() { Standbys = standbys } };

    /// <summary>A healthy cluster whose primary waits for these.</summary>
    private static Observation InForce(ClusterSpec spec, params string[] standbys)
    {
        var seen = Sound(Math.Max(spec.Instances, standbys.Length + 1));
        return seen.WithPostgres(Pr, seen.Answer(Pr)! with { SynchronousNames = SyncStandbys.Render(standbys) });
    }

    private static Observation WithoutStandby(Observation seen) =>
        seen.WithPostgres(Pr, seen.Answer(Pr)! with { Standbys = new Dictionary<string, long>() });

    /// <summary>The primary has not loaded its configuration.</summary>
    private static Observation Stale(Observation seen) => seen.WithPostgres(Pr, seen.Answer(Pr)! with { Revision = "old" });

    private static IEnumerable<string> Says(ClusterSpec spec, ClusterStatus? status, Observation seen) =>
        Plan(Cluster(spec, status ?? Led()), seen).Flat().Where(step => step is not Step.ArrangeSlots).Select(step => step.Says);

    private static (string Status, string Reason, string Message)? Condition(ClusterSpec spec, ClusterStatus? status, Observation seen)
    {
        var cluster = Cluster(spec, status ?? Led());
        var report = StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null));
        return report.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Synchronous) is { } found
            ? (found.Status, found.Reason, found.Message)
            : null;
    }

    private static (string, string) Short((string Status, string Reason, string Message)? condition) =>
        (condition!.Value.Status, condition.Value.Reason);
}
