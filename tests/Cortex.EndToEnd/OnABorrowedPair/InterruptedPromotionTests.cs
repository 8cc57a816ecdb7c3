using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>The operator is killed as each step of a promotion begins, and carries on from what it finds.</summary>
public sealed class InterruptedPromotionTests(Stage stage) : BorrowedPair(stage)
{
    [Fact]
    public Task A_failover_that_is_killed_at_every_step_ends_with_the_wished_primary() => FailOverAsync(later: 0);

    [Theory, InlineData(10), InlineData(30), InlineData(100), Trait("Level", "deep")]
    public Task A_failover_that_is_killed_in_the_middle_of_every_step_ends_with_the_wished_primary(int later) => FailOverAsync(later);

    /// <param name="later">Milliseconds that a step may run before the kill, so that it is cut at different places.</param>
    private async Task FailOverAsync(int later)
    {
        var (cortex, cluster) = (Operator, Cluster);
        await using var watch = await WriterWatch.StartAsync(cluster);
        var killer = new Killer(cortex, cluster, TimeSpan.FromMilliseconds(later));
        await cluster.Place.CrashAsync(cluster.Primary);
        await cluster.PromoteAtOnceAsync(cluster.Standby);

        await killer.UntilAsync(
            $"{cluster.Standby} is the primary and the old one follows",
            now => now?.Status is { Promotion: null, Fenced.Count: 0 } status && status.Primary == cluster.Standby && Cluster.Is(status, ConditionTypes.Ready, "True"));

        Assert.Contains(killer.Steps, step => step.StartsWith("begins the failover", StringComparison.Ordinal));
        Assert.Contains(killer.Steps, step => step == $"promotes {cluster.Standby}");
        Assert.Contains(killer.Steps, step => step == $"makes {cluster.Primary} a standby of {cluster.Standby}");
        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await DemandWritesAsync(cluster);
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task A_switchover_that_is_killed_at_every_step_never_has_two_writers_and_loses_nothing()
    {
        var (cortex, cluster, access) = (Operator, Cluster, Access);
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var watch = await WriterWatch.StartAsync(cluster);
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.StoryAsync);
        var killer = new Killer(cortex, cluster, TimeSpan.Zero);
        await cluster.PromoteAsync(cluster.Standby);

        await killer.UntilAsync($"{cluster.Standby} is the primary", now => now?.Status is { Promotion: null } status && status.Primary == cluster.Standby, async now =>
        {
            // A hand-over that was cut off is given up, and waits for the wish to be made again.
            if (now?.Status is { AbandonedPromotion: not null, Promotion: null } && Cluster.Is(now.Status, ConditionTypes.PromotionBlocked, "True"))
            {
                await cluster.WishAsync(null);
                await cluster.WishAsync(cluster.Standby);
            }
        });

        Assert.Contains(killer.Steps, step => step.StartsWith($"stops {cluster.Primary} cleanly", StringComparison.Ordinal));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await appender.DemandAllAsync(access.Dsn);
    }

    private static async Task DemandWritesAsync(Cluster cluster) =>
        Assert.Equal("1", await Psql.TextAsync((await cluster.AccessAsync()).Dsn, "create table after (n int); insert into after values (1); select n from after"));
}
