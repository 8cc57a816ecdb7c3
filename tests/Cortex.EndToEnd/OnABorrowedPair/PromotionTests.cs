using Cortex.Core.Api;
using Cortex.Core.Postgres;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Promotions with a dead primary and with a running primary. A watch from outside never sees two writers.</summary>
public sealed class PromotionTests(SharedClusters shared) : BorrowedPair(shared)
{
    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task After_a_failover_the_same_connection_string_writes_to_the_new_primary()
    {
        var cluster = Cluster;
        var access = Access;
        await FillAsync(cluster, access);
        await using var watch = await WriterWatch.StartAsync(cluster);

        await cluster.Target.CrashAsync(cluster.Primary);
        await cluster.PromoteWithoutKubectlAsync(cluster.Standby);
        var status = await cluster.PromotedAsync(cluster.Standby);

        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
        AssertReceipt(status, cluster);
        cluster.AssertSucceeded(status.LastPromotion);
        await AssertSucceededAsync(cluster, access);
    }

    [Fact, Trait("Story", "EveryPodman")]
    public async Task A_postmaster_that_restarts_by_itself_is_not_a_second_writer()
    {
        var cluster = Cluster;
        var access = Access;
        await FillAsync(cluster, access);
        await using var watch = await WriterWatch.StartAsync(cluster);

        await Podman.KillPostmasterAsync(cluster.Primary);
        var died = await DeathAsync(cluster);
        await cluster.PromoteWithoutKubectlAsync(cluster.Standby);
        var receipt = (await cluster.PromotedAsync(cluster.Standby)).LastPromotion!;

        // The gap begins at the death of the server, not at the later end of its container, unless the server restarted before it was
        // stopped.
        var log = (await Podman.RunAsync("logs", $"{cluster.Primary}-postgres")).Said;
        var restarted = log.LastIndexOf("the server was killed", StringComparison.Ordinal) is >= 0 and var death
            && log[death..].Contains("ready to accept connections", StringComparison.Ordinal);
        Assert.True(
            restarted ? receipt.LastWriteAt is null || receipt.LastWriteAt > died : receipt.LastWriteAt == died && receipt.WriteGapMs > 0,
            $"{receipt}, died {died:O}\n{log}");

        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
        await AssertSucceededAsync(cluster, access);
    }

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_switchover_loses_no_acknowledged_row()
    {
        var cluster = Cluster;
        var access = Access;
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var watch = await WriterWatch.StartAsync(cluster);
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(20, cluster.DescribeAsync);

        await cluster.PromoteAsync(cluster.Standby);
        var status = await cluster.PromotedAsync(cluster.Standby);
        await appender.AtLeastAsync(appender.Acknowledged.Count + 20, cluster.DescribeAsync);

        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
        AssertReceipt(status, cluster);
        Assert.Equal((PromotionKind.Switchover, 0L), (status.LastPromotion!.Kind, status.LastPromotion.LostBytes));
        Assert.NotNull(status.LastPromotion.WriteGapMs);
        await appender.AssertAllPresentAsync(access.DsnOf(cluster.Standby));
    }

    /// <summary>
    /// The time of the death of the primary's server, as its container logs it a moment later. On a busy machine a fence can be faster than
    /// that, and the receipt then has no write gap; so the test waits for the log.
    /// </summary>
    private static async Task<DateTimeOffset> DeathAsync(Cluster cluster)
    {
        DateTimeOffset? died = null;
        await Eventually.HoldsAsync(
            "the death of the server is in the log",
            async () => (died = ServerProcess.KilledAt((await Podman.RunAsync("logs", $"{cluster.Primary}-postgres")).Said)) is not null,
            cluster.DescribeAsync);
        return died!.Value;
    }

    internal static async Task FillAsync(Cluster cluster, Access access)
    {
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept select generate_series(1, 1000)");
        await Eventually.HoldsAsync(
            "the rows are on the standby",
            async () => (await Psql.RunAsync(access.DsnOf(cluster.Standby), "select count(*) from kept")).Output.Trim() == "1000",
            cluster.DescribeAsync);
    }

    internal static async Task AssertSucceededAsync(Cluster cluster, Access access)
    {
        Assert.Equal("1001", await Psql.TextAsync(access.Dsn, "insert into kept values (0); select count(*) from kept"));
        var status = await cluster.ReadyAsync();
        Assert.Empty(status.Fenced);
        Assert.Equal("1001", await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept where pg_is_in_recovery()"));
        await Eventually.HoldsAsync(
            "the event is recorded", async () => (await cluster.EventsAsync()).Contains("Promoted"), cluster.DescribeAsync);
    }

    private static void AssertReceipt(ClusterStatus status, Cluster cluster)
    {
        var receipt = status.LastPromotion;
        Assert.NotNull(receipt);
        Assert.Equal((cluster.Primary, cluster.Standby), (receipt.From, receipt.To));
        Assert.NotNull(receipt.FencedAt);
        Assert.NotNull(receipt.PromotedAt);
        Assert.NotNull(receipt.WritableAt);
        Assert.True(
            receipt.RequestedAt <= receipt.FencedAt && receipt.FencedAt <= receipt.PromotedAt && receipt.PromotedAt <= receipt.WritableAt);
        Assert.Equal(cluster.Timeline + 1, status.Timeline);
    }
}
