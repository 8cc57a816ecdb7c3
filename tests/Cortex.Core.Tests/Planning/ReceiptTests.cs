using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What the receipt of a promotion may say before the old primary's data were read.</summary>
public sealed class ReceiptTests
{
    private static readonly ClusterSpec Required = new() { Replication = new() { Mode = ReplicationMode.Synchronous } };

    /// <summary>
    /// Every acknowledged commit is on the only standby that commits wait for, so the receipt of its failover may say so.
    /// </summary>
    [Fact]
    public void A_failover_in_synchronous_mode_is_known_to_lose_nothing_that_was_acknowledged()
    {
        var dead = Sound().WithPostgres(Pr, null);
        Step.CommitPromotion Commit(ClusterSpec spec, ClusterStatus status) =>
            Plan(Cluster(spec with { Promote = S1 }, status), dead).Flat().OfType<Step.CommitPromotion>().Single();
        var begun = Decisions.Begin(Known(S1), new(Pr, S1, PromotionKind.Failover), Now);

        Assert.True(Commit(Required, Known(S1)).NothingLost);
        Assert.False(Commit(new ClusterSpec(), Known(S1)).NothingLost);
        Assert.False(Commit(Required with { PromoteAllowDataLoss = true }, Led()).NothingLost);
        Assert.Equal(0, Decisions.Commit(begun, Now, nothingLost: true).Promotion!.LostBytes);
        Assert.Null(Decisions.Commit(begun, Now).Promotion!.LostBytes);
    }

    /// <summary>The old primary acknowledges until its fence, so a comparison before the fence proves nothing.</summary>
    [Theory]
    [InlineData(PodState.Running, false, false)]
    [InlineData(PodState.Exited, false, false)]
    [InlineData(PodState.Running, true, false)]
    [InlineData(PodState.Exited, true, true)]
    public void One_of_several_standbys_is_known_to_have_every_commit_only_by_an_observation_after_the_fence(
        PodState old, bool fenced, bool proven)
    {
        var spec = Required with { Instances = 3, Promote = S1, PromoteAllowDataLoss = true };
        var begun = Decisions.Begin(Known(S1, S2), new(Pr, S1, PromotionKind.Failover), Now);
        var seen = Sound(3).WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, old));

        var steps = Plan(Cluster(spec, fenced ? Decisions.FenceSeen(begun, Now) : begun), seen).Flat();

        Assert.Equal(proven, steps.OfType<Step.CommitPromotion>().Single().NothingLost);
    }

    /// <summary>A request that waited for an hour is an hour old; the limits of a promotion count from its beginning.</summary>
    [Theory]
    [InlineData(-3600, null, -3600)]
    [InlineData(null, null, 0)]
    [InlineData(5, null, 0)]
    [InlineData(-3600, -60, 0)]
    [InlineData(-30, -60, -30)]
    public void A_receipt_counts_from_the_request_unless_that_was_fulfilled_before(int? asked, int? last, int requested)
    {
        var status = last is { } ago ? Led() with { LastPromotion = Done(Now.AddSeconds(ago)) } : Led();

        var askedAt = asked is { } seconds ? Now.AddSeconds(seconds) : (DateTimeOffset?)null;
        var begun = Decisions.Begin(status, new(Pr, S1, PromotionKind.Failover), Now, askedAt).Promotion!;

        Assert.Equal((Now.AddSeconds(requested), Now, Now), (begun.RequestedAt, begun.BegunAt!.Value, begun.Since));
    }

    [Fact]
    public void A_promotion_without_a_request_counts_from_its_beginning()
    {
        var asked = Now.AddSeconds(-9);

        var update = new Step.BeginPromotion(Pr, S1, PromotionKind.Switchover, Cause: PromotionCause.Update);
        Assert.Equal(Now, Decisions.Begin(Led(), update, Now, asked).Promotion!.RequestedAt);
        Assert.Equal(Now, Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Failover, Promoted: true), Now, asked).Promotion!.RequestedAt);
        Assert.Equal(Now, Done(Now).Since);
    }

    /// <summary>A hand-over that was requested long ago, and could begin only now, has its full time.</summary>
    [Fact]
    public void A_hand_over_is_not_abandoned_for_the_time_that_its_request_waited()
    {
        var begun = Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Switchover), Now, Now.AddHours(-1));
        var stopping = Sound().WithPostgres(Pr, null);

        Assert.DoesNotContain(Plan(Cluster(new() { Promote = S1 }, begun), stopping).Flat(), step => step is Step.AbandonPromotion);
        var late = Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Switchover), Now.AddHours(-1));
        Assert.Contains(Plan(Cluster(new() { Promote = S1 }, late), stopping).Flat(), step => step is Step.AbandonPromotion);
    }

    /// <summary>
    /// The pod of the primary is gone and a standby is requested: nothing of the old primary is created or configured first.
    /// </summary>
    [Fact]
    public void A_failover_is_decided_before_the_old_primary_is_repaired()
    {
        var gone = Sound().WithPod(Pr, null).WithPostgres(Pr, null);

        var steps = Plan(Cluster(new() { Promote = S1 }, Led()), gone).Flat();

        Assert.IsType<Step.BeginPromotion>(steps[0]);
        Assert.DoesNotContain(steps, step => step is Step.Configure { Instance: Pr } or Step.StartPod { Instance: Pr });
    }

    private static PromotionReceipt Done(DateTimeOffset begun) =>
        new() { From = S1, To = Pr, Kind = PromotionKind.Switchover, RequestedAt = begun };

    private static ClusterStatus Known(params string[] standbys) => Led() with { Synchronous = new() { Standbys = standbys } };
}
