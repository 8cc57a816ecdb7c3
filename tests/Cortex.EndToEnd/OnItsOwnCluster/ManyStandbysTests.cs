using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Clusters with more than one standby.</summary>
public sealed class ManyStandbysTests(SharedClusters shared) : OwnCluster(shared)
{
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task Another_standby_follows_the_new_primary_without_a_restart_and_any_selects_the_most_advanced_standby()
    {
        await using var cluster = await Operator.CreateAsync("instances: 3");
        var access = await cluster.AccessAsync();
        var other = $"{cluster.Name}-s2";
        var started = await RejoinTests.StartedAsync(access, other);
        await using var watch = await WriterWatch.StartAsync(cluster, cluster.Primary, cluster.Standby, other);

        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.ReadyAsync();
        Assert.Equal(started, await RejoinTests.StartedAsync(access, other));

        // The frozen instance has less data than the other and cannot be asked, so "any" selects the instance that answers.
        await cluster.Target.FreezeAsync(cluster.Primary);
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");
        // Replication is asynchronous, so a commit that the primary has not sent when it crashes would be lost.
        await Eventually.HoldsAsync(
            "the other standby has the table",
            async () => (await Psql.RunAsync(access.DsnOf(other), "select from kept")).Succeeded,
            cluster.DescribeAsync);
        // The primary hangs, because a crashed primary might restart before the promotion begins, and then "any" would select it.
        await cluster.Target.HangAsync(cluster.Standby);
        await cluster.PromoteAsync("any");
        await cluster.PromotedAsync(other);
        await cluster.Target.ThawAsync(cluster.Primary);
        await cluster.ReadyAsync();
        await Psql.TextAsync(access.Dsn, "insert into kept values (1)");
        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby, other);

        // spec.promote is still "any"; the primary that dies now is restarted, and no other instance is promoted.
        var before = await RejoinTests.StartedAsync(access, other);
        await cluster.Target.CrashAsync(other);
        await Eventually.HoldsAsync(
            "it runs again",
            async () =>
                await Psql.RunAsync(access.DsnOf(other), "select pg_postmaster_start_time()") is { Succeeded: true } now
                    && now.Output.Trim() != before,
            cluster.DescribeAsync);
        Assert.Equal(other, (await cluster.ReadyAsync()).Primary);
    }
}
