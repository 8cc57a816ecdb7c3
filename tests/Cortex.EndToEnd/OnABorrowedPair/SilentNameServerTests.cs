using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>
/// Between the decision and the first write, nothing waits for a name server. In this test the name server does not answer until the
/// promotion is done.
/// </summary>
public sealed class SilentNameServerTests(SharedClusters shared) : BorrowedPair(shared)
{
    /// <summary>Milliseconds without writes, according to the receipt. A resolver waits for 5 s before it asks again.</summary>
    private const long LongestGapMilliseconds = 5000;

    [
        Theory(DisableParallelization = true),
        InlineData(PromotionKind.Switchover),
        InlineData(PromotionKind.Failover),
        Trait("Story", "EveryPodman"),
        Trait("Story", "EveryTarget"),
    ]
    public async Task A_promotion_does_not_wait_for_a_name_server_that_never_answers(PromotionKind kind)
    {
        await PromotionTests.FillAsync(Cluster, Access);
        await Cluster.Target.SignalNameServerAsync(Cluster.Name, "STOP");
        try
        {
            if (kind == PromotionKind.Failover)
            {
                await Cluster.Target.CrashAsync(Cluster.Primary);
            }

            await Cluster.PromoteWithoutKubectlAsync(Cluster.Standby);
            var receipt = (await Cluster.PromotedAsync(Cluster.Standby)).LastPromotion!;

            Assert.Equal(Cluster.Standby, receipt.To);
            AssertKind(kind, receipt);
            Assert.True(receipt.WriteGapMs is null or <= LongestGapMilliseconds, $"{receipt}");
            Assert.True((receipt.WritableAt - receipt.FencedAt)?.TotalMilliseconds <= LongestGapMilliseconds, $"{receipt}");
            await Psql.TextAsync(Access.Dsn, "insert into kept values (0)");
        }
        finally
        {
            await Cluster.Target.SignalNameServerAsync(Cluster.Name, "CONT");
        }

        await Cluster.ReadyAsync();
    }

    private void AssertKind(PromotionKind kind, PromotionReceipt receipt)
    {
        if (kind == PromotionKind.Failover)
        {
            Cluster.AssertSucceeded(receipt);
        }
        else
        {
            Assert.Equal(kind, receipt.Kind);
        }
    }
}
