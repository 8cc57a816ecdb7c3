using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Unsafe promotions do not begin, and the condition gives the reason.</summary>
[Trait("Story", "EveryTarget")]
public sealed class PromotionRefusedTests(SharedClusters shared) : BorrowedPair(shared)
{
    [Fact]
    public async Task An_unsafe_promotion_is_blocked_and_withdrawing_it_clears_the_condition()
    {
        var cluster = Cluster;
        var access = Access;

        await AssertBlockedAsync(cluster, $"{cluster.Name}-s7", Reasons.UnknownInstance, "is not an instance of this cluster");

        await cluster.Target.FreezeAsync(cluster.Standby);
        await AssertBlockedAsync(cluster, cluster.Standby, Reasons.TargetUnreachable, "does not answer");
        await cluster.Target.ThawAsync(cluster.Standby);
        await cluster.ReadyAsync();

        await StreamingAsync(cluster, access, allowed: false);
        await AssertBlockedAsync(cluster, cluster.Standby, Reasons.TargetNotStreaming, "does not stream");
        await StreamingAsync(cluster, access, allowed: true);
        await cluster.ReadyAsync();
    }

    /// <summary>Requests a promotion, waits for the refusal, asserts that the primary keeps running, and withdraws the request.</summary>
    private static async Task AssertBlockedAsync(Cluster cluster, string target, string reason, string why)
    {
        var before = (await cluster.StatusAsync()).Primary;
        await cluster.PromoteAsync(target);
        var status = await cluster.UntilAsync(
            $"the promotion of {target} is blocked: {reason}",
            now => Cluster.Condition(now.Status, ConditionTypes.PromotionBlocked) is { Status: "True" } blocked
                && blocked.Reason == reason);
        Assert.Contains(why, Cluster.Condition(status, ConditionTypes.PromotionBlocked)!.Message, StringComparison.Ordinal);
        Assert.Equal(before, status.Primary);
        Assert.Null(status.Promotion);
        Assert.Equal("f", await Psql.TextAsync((await cluster.AccessAsync()).DsnOf(before!), "select pg_is_in_recovery()"));

        await cluster.PromoteAsync(null);
        await cluster.UntilAsync("no promotion is blocked", now => Cluster.Is(now.Status, ConditionTypes.PromotionBlocked, "False"));
    }

    /// <summary>Allows the standby to replicate, or disconnects it and prevents new connections.</summary>
    private static async Task StreamingAsync(Cluster cluster, Access access, bool allowed)
    {
        var superuser = access.DsnOf(cluster.Primary, "user=postgres dbname=postgres");
        await Psql.TextAsync(superuser, $"alter role streaming_replica {(allowed ? "login" : "nologin")}");
        if (!allowed)
        {
            // In a transaction of its own: together with ALTER ROLE it would run before the commit, and the standby would connect again
            // immediately.
            await Psql.TextAsync(superuser, "select pg_terminate_backend(pid) from pg_stat_replication");
        }
    }
}
