using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Promotions that would not be safe: nothing moves, and the condition says why.</summary>
[Trait("Story", "EveryTarget")]
public sealed class PromotionRefusedTests(Stage stage) : BorrowedPair(stage)
{
    [Fact]
    public async Task A_promotion_that_is_not_safe_is_held_back_and_taking_the_wish_back_clears_it()
    {
        var cluster = Cluster;
        var access = Access;

        await DemandBlockedAsync(cluster, $"{cluster.Name}-s7", Reasons.UnknownInstance, "is no instance of this cluster");

        await cluster.Place.FreezeAsync(cluster.Standby);
        await DemandBlockedAsync(cluster, cluster.Standby, Reasons.TargetUnreachable, "does not answer");
        await cluster.Place.ThawAsync(cluster.Standby);
        await cluster.ReadyAsync();

        await StreamingAsync(cluster, access, allowed: false);
        await DemandBlockedAsync(cluster, cluster.Standby, Reasons.TargetNotStreaming, "does not stream");
        await StreamingAsync(cluster, access, allowed: true);
        await cluster.ReadyAsync();
    }

    /// <summary>Wishes it, waits for the refusal, sees that the primary serves on, and takes the wish back.</summary>
    private static async Task DemandBlockedAsync(Cluster cluster, string wish, string reason, string why)
    {
        var before = (await cluster.StatusAsync()).Primary;
        await cluster.PromoteAsync(wish);
        var status = await cluster.UntilAsync(
            $"the promotion of {wish} is blocked: {reason}",
            now => Cluster.Condition(now.Status, ConditionTypes.PromotionBlocked) is { Status: "True" } held && held.Reason == reason);
        Assert.Contains(why, Cluster.Condition(status, ConditionTypes.PromotionBlocked)!.Message, StringComparison.Ordinal);
        Assert.Equal(before, status.Primary);
        Assert.Null(status.Promotion);
        Assert.Equal("f", await Psql.TextAsync((await cluster.AccessAsync()).DsnOf(before!), "select pg_is_in_recovery()"));

        await cluster.PromoteAsync(null);
        await cluster.UntilAsync("nothing is blocked any more", now => Cluster.Is(now.Status, ConditionTypes.PromotionBlocked, "False"));
    }

    /// <summary>Lets the standby replicate, or neither stay connected nor come in again.</summary>
    private static async Task StreamingAsync(Cluster cluster, Access access, bool allowed)
    {
        var superuser = access.DsnOf(cluster.Primary, "user=postgres dbname=postgres");
        await Psql.TextAsync(superuser, $"alter role streaming_replica {(allowed ? "login" : "nologin")}");
        if (!allowed)
        {
            // Only now: in one transaction with the other it would come before the commit, and the standby would be in again at once.
            await Psql.TextAsync(superuser, "select pg_terminate_backend(pid) from pg_stat_replication");
        }
    }
}
