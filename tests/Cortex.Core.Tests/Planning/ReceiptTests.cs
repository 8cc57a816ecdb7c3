using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What a promotion's receipt may say before anybody has read the old primary's data.</summary>
public sealed class ReceiptTests
{
    private static readonly ClusterSpec Required = new() { Replication = new() { Mode = ReplicationMode.Synchronous } };

    /// <summary>Every acknowledged commit is on the only standby that commits wait for, so the receipt of its failover may say so.</summary>
    [Fact]
    public void A_failover_in_synchronous_mode_is_known_to_lose_nothing_that_was_acknowledged()
    {
        var dead = Sound().WithPostgres(Pr, null);
        Step.CommitPromotion Commit(ClusterSpec spec, ClusterStatus status) => Plan(Cluster(spec with { Promote = S1 }, status), dead).Flat().OfType<Step.CommitPromotion>().Single();

        Assert.True(Commit(Required, Known(S1)).NothingLost);
        Assert.False(Commit(new ClusterSpec(), Known(S1)).NothingLost);
        Assert.False(Commit(Required with { PromoteAllowDataLoss = true }, Led()).NothingLost);
        Assert.Equal(0, Decisions.Commit(Decisions.Begin(Known(S1), new(Pr, S1, PromotionKind.Failover), Now), Now, nothingLost: true).Promotion!.LostBytes);
        Assert.Null(Decisions.Commit(Decisions.Begin(Known(S1), new(Pr, S1, PromotionKind.Failover), Now), Now).Promotion!.LostBytes);
    }

    /// <summary>The old primary acknowledges until its fence, so the comparison of a look before the fence proves nothing.</summary>
    [Theory]
    [InlineData(PodState.Running, false, false)]
    [InlineData(PodState.Exited, false, false)]
    [InlineData(PodState.Running, true, false)]
    [InlineData(PodState.Exited, true, true)]
    public void Of_several_standbys_the_one_promoted_is_known_to_have_all_only_by_a_look_after_the_fence(PodState old, bool fenced, bool proven)
    {
        var spec = Required with { Instances = 3, Promote = S1, PromoteAllowDataLoss = true };
        var begun = Decisions.Begin(Known(S1, S2), new(Pr, S1, PromotionKind.Failover), Now);
        var seen = Sound(3).WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, old));

        var steps = Plan(Cluster(spec, fenced ? Decisions.FenceSeen(begun, Now) : begun), seen).Flat();

        Assert.Equal(proven, steps.OfType<Step.CommitPromotion>().Single().NothingLost);
    }

    /// <summary>A wish that waited for an hour is as old as that; the limits of a promotion count from its begin.</summary>
    [Theory]
    [InlineData(-3600, null, -3600)]
    [InlineData(null, null, 0)]
    [InlineData(5, null, 0)]
    [InlineData(-3600, -60, 0)]
    [InlineData(-30, -60, -30)]
    public void A_receipt_counts_from_the_wish_unless_that_came_true_before(int? asked, int? last, int requested)
    {
        var status = last is { } ago ? Led() with { LastPromotion = Done(Now.AddSeconds(ago)) } : Led();

        var begun = Decisions.Begin(status, new(Pr, S1, PromotionKind.Failover), Now, asked is { } seconds ? Now.AddSeconds(seconds) : null).Promotion!;

        Assert.Equal((Now.AddSeconds(requested), Now, Now), (begun.RequestedAt, begun.BegunAt!.Value, begun.Since));
    }

    [Fact]
    public void What_nobody_wished_for_counts_from_its_begin()
    {
        var asked = Now.AddSeconds(-9);

        Assert.Equal(Now, Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Switchover, Cause: PromotionCause.Update), Now, asked).Promotion!.RequestedAt);
        Assert.Equal(Now, Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Failover, Promoted: true), Now, asked).Promotion!.RequestedAt);
        Assert.Equal(Now, Done(Now).Since);
    }

    /// <summary>A hand-over that was asked for long ago, and could begin only now, has all its time.</summary>
    [Fact]
    public void A_hand_over_is_not_given_up_for_the_time_that_its_wish_waited()
    {
        var begun = Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Switchover), Now, Now.AddHours(-1));
        var stopping = Sound().WithPostgres(Pr, null);

        Assert.DoesNotContain(Plan(Cluster(new() { Promote = S1 }, begun), stopping).Flat(), step => step is Step.AbandonPromotion);
        Assert.Contains(Plan(Cluster(new() { Promote = S1 }, Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Switchover), Now.AddHours(-1))), stopping).Flat(), step => step is Step.AbandonPromotion);
    }

    /// <summary>The pod of the primary is gone and a standby is wished for: nothing of the old primary is made or configured first.</summary>
    [Fact]
    public void A_failover_is_decided_before_the_old_primary_is_repaired()
    {
        var gone = Sound().WithPod(Pr, null).WithPostgres(Pr, null);

        var steps = Plan(Cluster(new() { Promote = S1 }, Led()), gone).Flat();

        Assert.IsType<Step.BeginPromotion>(steps[0]);
        Assert.DoesNotContain(steps, step => step is Step.Configure { Instance: Pr } or Step.StartPod { Instance: Pr });
    }

    private static PromotionReceipt Done(DateTimeOffset begun) => new() { From = S1, To = Pr, Kind = PromotionKind.Switchover, RequestedAt = begun };

    private static ClusterStatus Known(params string[] standbys) => Led() with { Synchronous = new() { Standbys = standbys } };
}
