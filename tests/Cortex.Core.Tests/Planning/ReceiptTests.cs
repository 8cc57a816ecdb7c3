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
        Assert.Equal(0, Decisions.StoppedOld(Decisions.Begin(Known(S1), new(Pr, S1, PromotionKind.Failover), Now), Now, nothingLost: true).Promotion!.LostBytes);
        Assert.Null(Decisions.StoppedOld(Decisions.Begin(Known(S1), new(Pr, S1, PromotionKind.Failover), Now), Now).Promotion!.LostBytes);
    }

    private static ClusterStatus Known(string standby) => Led() with { Synchronous = new() { Standbys = [standby] } };
}
