using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>All commits wait for the standby, from the first commit on.</summary>
public sealed class RequiredStandbyTests(SharedClusters shared) : OwnCluster(shared)
{
    [Theory, InlineData(2), Trait("Story", "EveryTargetInDeep")]
    public Task No_acknowledged_row_is_missing_after_failovers_at_any_moment(int rounds) => FailOverAsync(rounds);

    [Theory, InlineData(12), Trait("Story", "EveryTarget"), Trait("Level", "deep")]
    public Task No_acknowledged_row_is_missing_after_many_failovers_at_any_moment(int rounds) => FailOverAsync(rounds);

    /// <summary>Each of the two may have a commit that the other lacks, so they are compared after the old primary was stopped.</summary>
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task Of_two_standbys_the_one_with_every_acknowledged_row_is_promoted()
    {
        await using var cluster = await Operator.CreateAsync("instances: 3\nreplication: {mode: Synchronous}");
        var access = await cluster.AccessAsync();
        var before = await SynchronousTests.InForceAsync(cluster);
        Assert.Equal(2, before.Synchronous!.Standbys.Count);
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(10, cluster.DescribeAsync);

        await cluster.Target.FreezeAsync(cluster.Primary);
        await cluster.PromoteAsync(ClusterSpec.PromoteAny);
        var status = await cluster.UntilAsync(
            "a standby is the primary", now => now.Status is { Promotion: null } seen && seen.Primary != cluster.Primary);

        Assert.Equal((PromotionKind.Failover, 0L), (status.LastPromotion!.Kind, status.LastPromotion.LostBytes));
        Assert.True(status.LastPromotion.FencedAt <= status.LastPromotion.PromotedAt, $"{status.LastPromotion}");
        await appender.AtLeastAsync(appender.Acknowledged.Count + 10, cluster.DescribeAsync);
        await appender.AssertAllPresentAsync(access.DsnOf(status.Primary!));
    }

    private async Task FailOverAsync(int rounds)
    {
        await using var cluster = await Operator.CreateAsync("replication: {mode: Synchronous}");
        var access = await cluster.AccessAsync();
        await SynchronousTests.InForceAsync(cluster);
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(10, cluster.DescribeAsync);
        var (from, to) = (cluster.Primary, cluster.Standby);
        for (var round = 0; round < rounds; round++)
        {
            await Task.Delay(Random.Shared.Next(300), TestContext.Current.CancellationToken);
            await cluster.Target.CrashAsync(from);
            await PromoteAsync(cluster, to);
            await appender.AtLeastAsync(appender.Acknowledged.Count + 10, cluster.DescribeAsync);
            await SynchronousTests.InForceAsync(cluster);
            (from, to) = (to, from);
        }

        await appender.AssertAllPresentAsync(access.DsnOf(from));
        Assert.False((await cluster.ReadAsync()).Spec.PromoteAllowDataLoss);
    }

    /// <summary>
    /// A primary that has restarted in its pod hands over. If it ends during the hand-over, the switchover is abandoned, and another edit
    /// is needed.
    /// </summary>
    private static async Task PromoteAsync(Cluster cluster, string to)
    {
        await cluster.PromoteAsync(to);
        if ((await cluster.UntilAsync($"the promotion of {to} is done or abandoned", IsOver)).Primary != to)
        {
            await cluster.PromoteAsync(null);
            await cluster.PromoteAsync(to);
            await cluster.PromotedAsync(to);
        }

        bool IsOver(CortexCluster now) => now.Status is { Promotion: null } status && now.Spec.Promote == to
            && (status.Primary == to || status.AbandonedPromotion?.Generation == now.Metadata.Generation);
    }
}
