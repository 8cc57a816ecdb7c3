using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The whole life of a pair in one test, for use during development: <c>./cortex test smoke</c>.</summary>
public sealed class SmokeTests(SharedClusters shared) : OwnCluster(shared)
{
    [Fact, Trait("Level", "smoke"), Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_pair_is_created_fails_over_switches_over_and_is_deleted()
    {
        await using var cluster = await Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept values (1)");
        await using var watch = await WriterWatch.StartAsync(cluster);

        await cluster.Target.CrashAsync(cluster.Primary);
        await cluster.PromoteWithoutKubectlAsync(cluster.Standby);
        cluster.AssertSucceeded((await cluster.PromotedAsync(cluster.Standby)).LastPromotion);
        await cluster.ReadyAsync();
        await Psql.TextAsync(access.Dsn, "insert into kept values (2)");

        await cluster.PromoteAsync(cluster.Primary);
        var receipt = (await cluster.PromotedAsync(cluster.Primary)).LastPromotion;
        Assert.Equal((PromotionKind.Switchover, 0L), (receipt?.Kind, receipt?.LostBytes));
        await cluster.ReadyAsync();
        Assert.Equal("2", await Psql.TextAsync(access.Dsn, "insert into kept values (3); select count(*) from kept where number > 1"));
        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby, cluster.Primary);

        await cluster.DeleteAsync();
        Assert.Empty(await cluster.Target.RemainingObjectsAsync(cluster.Name));
    }
}
