using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Nothing between the decision and the first write waits for a name server: here it answers no question until the promotion is over.</summary>
public sealed class SilentNameServerTests(Stage stage) : BorrowedPair(stage)
{
    /// <summary>Milliseconds without writes, by the receipt. A resolver waits for 5 s before it asks again.</summary>
    private const long LongestGap = 5000;

    [Theory(DisableParallelization = true), InlineData(PromotionKind.Switchover), InlineData(PromotionKind.Failover), Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_promotion_does_not_wait_for_a_name_server_that_never_answers(PromotionKind kind)
    {
        await PromotionTests.FillAsync(Cluster, Access);
        await Cluster.Place.SignalNameServerAsync(Cluster.Name, "STOP");
        try
        {
            if (kind == PromotionKind.Failover)
            {
                await Cluster.Place.CrashAsync(Cluster.Primary);
            }

            await Cluster.PromoteAtOnceAsync(Cluster.Standby);
            var receipt = (await Cluster.PromotedAsync(Cluster.Standby)).LastPromotion!;

            Assert.Equal(Cluster.Standby, receipt.To);
            Demand(kind, receipt);
            Assert.True(receipt.WriteGapMs is null or <= LongestGap, $"{receipt}");
            Assert.True((receipt.WritableAt - receipt.FencedAt)?.TotalMilliseconds <= LongestGap, $"{receipt}");
            await Psql.TextAsync(Access.Dsn, "insert into kept values (0)");
        }
        finally
        {
            await Cluster.Place.SignalNameServerAsync(Cluster.Name, "CONT");
        }

        await Cluster.ReadyAsync();
    }

    private void Demand(PromotionKind kind, PromotionReceipt receipt)
    {
        if (kind == PromotionKind.Failover)
        {
            Cluster.DemandSucceeded(receipt);
        }
        else
        {
            Assert.Equal(kind, receipt.Kind);
        }
    }
}
