using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>How an instance that cannot follow becomes a standby again, and what is kept for it meanwhile.</summary>
public sealed class RejoinTests
{
    private static readonly Timeline Second = Timeline.Parse(2, "1\t0/3E8\tno recovery target specified");

    /// <summary>cortex-s1 leads on timeline 2, which left the first at 1000.</summary>
    private static readonly Observation Moved = Sound(3)
        .WithPostgres(S1, Writing(2) with { History = Second, Slots = Slots([Pr, S1, S2], Pr) });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_former_primary_is_made_a_standby_before_its_fence_is_lifted_and_it_is_started(bool hasPod)
    {
        var seen = Moved.WithPostgres(Pr, null).WithPod(Pr, hasPod ? Pod(Pr, PodState.Exited) : null);
        var plan = Plan(Cluster(new() { Instances = 3 }, Led(S1) with { Fenced = [Pr], Timeline = 2 }), seen);

        var steps = plan.Flat().Where(step => step is not Step.RemovePod);
        Assert.Equal([new Step.CreateVolume(Pr), new Step.Join(Pr, S1, ExistingData.Diverged)], steps);
        var ended = Plan(
            Cluster(new() { Instances = 3 }, Led(S1) with { Fenced = [Pr], Timeline = 2 }),
            seen.WithJob(JobSeen.OfJoin(Pr, S1, 2, exitCode: 0)));
        Assert.Equal(
            [new Step.FinishJoin(Pr, S1), new Step.DecideRejoined(Pr), new Step.StartPod(Pr)],
            ended.Flat().Where(step => step is not Step.RemovePod));
    }

    [Theory]
    [InlineData(PromotionKind.Failover, ReplicationMode.Asynchronous, 0, false)]
    [InlineData(PromotionKind.Failover, ReplicationMode.Asynchronous, 999, false)]
    [InlineData(PromotionKind.Failover, ReplicationMode.Asynchronous, 1000, true)]
    [InlineData(PromotionKind.Failover, ReplicationMode.Asynchronous, -1, true)]
    [InlineData(PromotionKind.Failover, ReplicationMode.Synchronous, 0, true)]
    [InlineData(PromotionKind.Switchover, ReplicationMode.Asynchronous, 0, true)]
    public void A_former_primary_is_left_alone_for_a_moment_after_a_failover_unless_commits_may_wait_for_it(
        PromotionKind kind, ReplicationMode mode, int since, bool joins)
    {
        var done = new PromotionReceipt { From = Pr, To = S1, Kind = kind, RequestedAt = Now, WritableAt = Now.AddMilliseconds(-since) };
        var status = Led(S1) with { Fenced = [Pr], Timeline = 2, LastPromotion = done };
        var plan = Plan(
            Cluster(new() { Instances = 3, Replication = new() { Mode = mode } }, status),
            Moved.WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, PodState.Exited, Now)));

        Assert.Equal(joins, plan.Flat().OfType<Step.Join>().Any(join => join.Instance == Pr));
        Assert.Equal(joins, plan.Holds.All(hold => hold.Policy != "grow-standbys"));
        const string why = "cortex-pr (its rejoin is delayed briefly, so that clients reconnect first) not streaming yet";
        var expected = (TimeSpan.FromMilliseconds(1000 - since), why);
        Assert.All(
            plan.Holds.Where(hold => hold.Policy == "grow-standbys"),
            hold => Assert.Equal(expected, (hold.LookAgain, hold.Why)));
    }

    [Theory]
    [InlineData(PodState.Running)]
    [InlineData(PodState.Paused)]
    public void A_former_primary_that_may_run_is_not_touched_by_a_rejoin(PodState state)
    {
        var seen = Moved.WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, state));
        var plan = Plan(Cluster(new() { Instances = 3 }, Led(S1) with { Fenced = [Pr], Timeline = 2 }), seen);

        Assert.DoesNotContain(plan.Flat(), step => step is Step.Join or Step.StartPod);
    }

    /// <summary>A copy that cannot be made is not tried again and again; the obstacle is named, with the remedy.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public void An_instance_whose_copy_tablespaces_prevent_waits_until_they_are_gone(bool there)
    {
        var seen = Sound().WithPostgres(Pr, Writing() with { Tablespaces = there ? ["ts at /srv/ts"] : [], Slots = Slots([Pr, S1], Pr) })
            .WithPod(S1, null).WithPostgres(S1, null).WithoutVolume(S1) with { CopyRefused = new HashSet<string> { S1 } };
        var cluster = Cluster(null, Led());
        var plan = Plan(cluster, seen);
        var ready = StatusReport.Build(new Situation(cluster, seen, Now), plan, new PassOutcome(null, null))
            .Conditions.Single(condition => condition.Type == ConditionTypes.Ready);

        Assert.Equal(!there, plan.Flat().OfType<Step.Join>().Any());
        Assert.Equal(there ? Reasons.TablespacesInTheWay : Reasons.InstancesMissing, ready.Reason);
        Assert.Equal(there, ready.Message.Contains("tablespaces of its own (ts at /srv/ts)", StringComparison.Ordinal));
        Assert.Equal(there, ready.Message.Contains("DROP TABLESPACE", StringComparison.Ordinal));
    }

    [Fact]
    public void A_former_primary_that_follows_already_is_called_a_standby() => Assert.Equal(
        [new Step.DecideRejoined(Pr)],
        Plan(Cluster(new() { Instances = 3 }, Led(S1) with { Fenced = [Pr], Timeline = 2 }), Moved.WithPostgres(Pr, Following(2))).Flat());

    [Theory]
    [InlineData(1, 1000, false, null)]
    [InlineData(1, 1001, false, ExistingData.Diverged)]
    [InlineData(2, 5000, false, null)]
    [InlineData(1, 1000, true, ExistingData.Behind)]
    [InlineData(3, 1000, false, null)]
    public void A_standby_that_cannot_follow_is_fenced_stopped_and_made_again(long timeline, ulong lsn, bool lost, ExistingData? why)
    {
        var slots = Slots([Pr, S1, S2], Pr).ToDictionary();
        slots["cortex_s2"] = new SlotSeen(Active: false, Reserved: !lost, lost);
        var seen = Moved.WithPostgres(Pr, Following(2)).WithPostgres(S1, Writing(2) with { History = Second, Slots = slots })
            .WithPostgres(S2, Following(timeline, lsn, streaming: false));
        var plan = Plan(Cluster(new() { Instances = 3 }, Led(S1) with { Timeline = 2 }), seen);

        Assert.Equal(why, plan.Flat().OfType<Step.Join>().SingleOrDefault()?.Existing);
        Assert.Equal(why is null ? [] : [typeof(Step.DecideFenced), typeof(Step.StopPod), typeof(Step.Join)],
            plan.Flat().Where(step => step is not Step.ArrangeSlots).Select(step => step.GetType()));
    }

    [Theory]
    [InlineData("its next segment is gone", 1001, false, false, true)]
    [InlineData("its next segment is the oldest", 1000, false, false, false)]
    [InlineData("it has more in its own WAL than it has replayed", 1001, true, false, false)]
    [InlineData("it is connected", 1001, false, true, false)]
    public void A_standby_that_asks_for_WAL_that_is_gone_is_copied_again_though_its_slot_is_not_lost(
        string situation, ulong oldest, bool stillReplaying, bool active, bool copied)
    {
        var slots = Slots([Pr, S1], Pr).ToDictionary();
        slots["cortex_s1"] = new SlotSeen(active, Reserved: true, Lost: false);
        var seen = Sound().WithPostgres(Pr, Writing() with { Slots = slots, OldestWal = oldest })
            .WithPostgres(S1, Following(1, 1000, streaming: false) with { StillReplaying = stillReplaying, Slots = Slots([Pr, S1], S1) });

        Assert.True(copied == Plan(Cluster(null, Led()), seen).Flat().Contains(new Step.Join(S1, Pr, ExistingData.Behind)), situation);
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void A_standby_that_does_not_even_start_is_judged_by_its_control_file(ulong recovered, bool joins)
    {
        var seen = Moved.WithPostgres(Pr, Following(2)).WithPostgres(S2, null) with
        {
            Control = new Dictionary<string, ControlFile> { [S2] = Recovered(recovered) },
        };

        var plan = Plan(Cluster(new() { Instances = 3 }, Led(S1) with { Timeline = 2 }), seen);
        Assert.Equal(joins, plan.Flat().Contains(new Step.Join(S2, S1, ExistingData.Diverged)));
    }

    [Fact]
    public void An_instance_that_is_fenced_and_whose_slot_is_lost_is_not_rewound()
    {
        var slots = Slots([Pr, S1, S2], Pr).ToDictionary();
        slots["cortex_pr"] = new SlotSeen(Active: false, Reserved: false, Lost: true);
        var seen = Moved.WithPostgres(S1, Writing(2) with { History = Second, Slots = slots })
            .WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, PodState.Exited));
        var plan = Plan(Cluster(new() { Instances = 3 }, Led(S1) with { Fenced = [Pr], Timeline = 2 }), seen);

        Assert.Contains(new Step.Join(Pr, S1, ExistingData.Behind), plan.Flat());
    }

    [Fact]
    public void Data_that_are_later_than_the_primarys_are_kept_and_the_plan_says_so()
    {
        var seen = Moved.WithPostgres(Pr, Following(2)).WithPostgres(S2, Following(3, streaming: false));

        Assert.Contains(
            Plan(Cluster(new() { Instances = 3 }, Led(S1) with { Timeline = 2 }), seen).Holds,
            hold => hold.Why == "cortex-s2 (its data are of timeline 3, later than the primary's 2, and are kept; if they may go: "
                + "podman pod rm --force --ignore cortex-s2 && podman volume rm cortex-s2-data) not streaming yet");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void The_old_copy_goes_only_when_the_new_one_streams(bool streams, bool goes)
    {
        var seen = Sound().WithPostgres(S1, Following(streaming: streams) with { HasOldCopy = true, Slots = Slots([Pr, S1], S1) });

        Assert.Equal(goes, Plan(Cluster(null, Led()), seen).Flat().Contains(new Step.DiscardOldCopy(S1)));
    }

    [Fact]
    public void Slots_keep_wal_on_the_primary_and_none_on_a_standby()
    {
        var seen = Sound(3)
            .WithPostgres(Pr, Writing(1, 1000, S1, S2) with
            {
                Slots = new Dictionary<string, SlotSeen>
                {
                    ["cortex_s1"] = new(true, true, false),
                    ["cortex_s8"] = new(false, true, false),
                    ["theirs"] = new(false, true, false),
                },
            })
            .WithPostgres(S1, Following() with
            {
                Slots = new Dictionary<string, SlotSeen>
                {
                    ["cortex_pr"] = new(false, true, false),
                    ["cortex_s2"] = new(false, false, false),
                },
            });
        var arranged = Plan(Cluster(new() { Instances = 3 }, Led()), seen).Flat()
            .OfType<Step.ArrangeSlots>().ToDictionary(step => step.Instance);

        Assert.Equal(["cortex_s2"], arranged[Pr].Make);
        Assert.Equal(["cortex_s8"], arranged[Pr].Drop);
        Assert.True(arranged[Pr].Reserve);
        Assert.Equal(["cortex_pr"], arranged[S1].Make);
        Assert.False(arranged[S1].Reserve);
        Assert.False(arranged.ContainsKey(S2));
    }

    private static ControlFile Recovered(ulong lsn) =>
        new(Builders.Given.System, ControlState.InArchiveRecovery, Lsn.Zero, 1, new WalPosition(1, new Lsn(lsn)));
}
