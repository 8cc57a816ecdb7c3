using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>The operator is killed at the beginning of each step of a promotion, and continues from what it observes.</summary>
public sealed class InterruptedPromotionTests(SharedClusters shared) : BorrowedPair(shared)
{
    [Fact]
    public Task A_failover_that_is_interrupted_at_every_step_ends_with_the_requested_primary() => FailOverAsync(delayMilliseconds: 0);

    [Theory, InlineData(10), InlineData(30), InlineData(100), Trait("Level", "deep")]
    public Task A_failover_that_is_interrupted_within_every_step_ends_with_the_requested_primary(int delayMilliseconds) =>
        FailOverAsync(delayMilliseconds);

    /// <param name="delayMilliseconds">The time that a step runs before the kill, so that it is interrupted at different points.</param>
    private async Task FailOverAsync(int delayMilliseconds)
    {
        var (cortex, cluster) = (Operator, Cluster);
        await using var watch = await WriterWatch.StartAsync(cluster);
        var killer = new Killer(cortex, cluster, TimeSpan.FromMilliseconds(delayMilliseconds));
        await cluster.Target.CrashAsync(cluster.Primary);
        await cluster.PromoteWithoutKubectlAsync(cluster.Standby);

        await killer.UntilAsync(
            $"{cluster.Standby} is the primary and the old one follows",
            now => now?.Status is { Promotion: null, Fenced.Count: 0 } status
                && status.Primary == cluster.Standby
                && Cluster.Is(status, ConditionTypes.Ready, "True"));

        Assert.Contains(killer.Steps, step => step.StartsWith("begins the failover", StringComparison.Ordinal));
        Assert.Contains(killer.Steps, step => step == $"promotes {cluster.Standby}");
        Assert.Contains(killer.Steps, step => step == $"makes {cluster.Primary} a standby of {cluster.Standby}");
        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
        await AssertWritesAsync(cluster);
    }

    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task A_switchover_that_is_interrupted_at_every_step_never_has_two_writers_and_loses_nothing()
    {
        var (cortex, cluster, access) = (Operator, Cluster, Access);
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var watch = await WriterWatch.StartAsync(cluster);
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.DescribeAsync);
        var killer = new Killer(cortex, cluster, TimeSpan.Zero);
        await cluster.PromoteAsync(cluster.Standby);

        await killer.UntilAsync($"{cluster.Standby} is the primary", IsPromoted, async now =>
        {
            // An interrupted hand-over is abandoned; another edit must request the promotion again.
            if (now?.Status is { AbandonedPromotion: not null, Promotion: null }
                && Cluster.Is(now.Status, ConditionTypes.PromotionBlocked, "True"))
            {
                await cluster.TryPromoteAsync(null);
                await cluster.TryPromoteAsync(cluster.Standby);
            }
        });

        Assert.Contains(killer.Steps, step => step.StartsWith($"stops {cluster.Primary} cleanly", StringComparison.Ordinal));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.DescribeAsync);
        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
        await appender.AssertAllPresentAsync(access.Dsn);

        bool IsPromoted(CortexCluster? now) => now?.Status is { Promotion: null } status && status.Primary == cluster.Standby;
    }

    private static async Task AssertWritesAsync(Cluster cluster) =>
        Assert.Equal(
            "1",
            await Psql.TextAsync(
                (await cluster.AccessAsync()).Dsn, "create table after (n int); insert into after values (1); select n from after"));
}
