using Cortex.Core.Api;
using Cortex.Core.Postgres;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>The promotion in battle, with the old primary dead and alive. A watch from outside never hears two writers.</summary>
public sealed class PromotionTests(Stage stage) : BorrowedPair(stage)
{
    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_dead_primary_is_succeeded_and_the_same_connection_string_writes()
    {
        var cluster = Cluster;
        var access = Access;
        await FillAsync(cluster, access);
        await using var watch = await WriterWatch.StartAsync(cluster);

        await cluster.Place.CrashAsync(cluster.Primary);
        await cluster.PromoteAtOnceAsync(cluster.Standby);
        var status = await cluster.PromotedAsync(cluster.Standby);

        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        DemandReceipt(status, cluster);
        cluster.DemandSucceeded(status.LastPromotion);
        await DemandSucceededAsync(cluster, access);
    }

    [Fact, Trait("Story", "EveryPodman")]
    public async Task A_postmaster_that_comes_back_by_itself_is_no_second_writer()
    {
        var cluster = Cluster;
        var access = Access;
        await FillAsync(cluster, access);
        await using var watch = await WriterWatch.StartAsync(cluster);

        await Podman.KillPostmasterAsync(cluster.Primary);
        var died = await DeathAsync(cluster);
        await cluster.PromoteAtOnceAsync(cluster.Standby);
        var receipt = (await cluster.PromotedAsync(cluster.Standby)).LastPromotion!;

        // From the server's death on, not from the end of its container, which is later; unless it came back before it was stopped.
        var log = (await Podman.RunAsync("logs", $"{cluster.Primary}-postgres")).Said;
        var cameBack = log.LastIndexOf("the server was killed", StringComparison.Ordinal) is >= 0 and var death && log[death..].Contains("ready to accept connections", StringComparison.Ordinal);
        Assert.True(cameBack ? receipt.LastWriteAt is null || receipt.LastWriteAt > died : receipt.LastWriteAt == died && receipt.WriteGapMs > 0, $"{receipt}, died {died:O}\n{log}");

        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await DemandSucceededAsync(cluster, access);
    }

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_live_primary_hands_over_and_no_acknowledged_row_is_missing()
    {
        var cluster = Cluster;
        var access = Access;
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var watch = await WriterWatch.StartAsync(cluster);
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(20, cluster.StoryAsync);

        await cluster.PromoteAsync(cluster.Standby);
        var status = await cluster.PromotedAsync(cluster.Standby);
        await appender.AtLeastAsync(appender.Acknowledged.Count + 20, cluster.StoryAsync);

        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        DemandReceipt(status, cluster);
        Assert.Equal((PromotionKind.Switchover, 0L), (status.LastPromotion!.Kind, status.LastPromotion.LostBytes));
        Assert.NotNull(status.LastPromotion.WriteGapMs);
        await appender.DemandAllAsync(access.DsnOf(cluster.Standby));
    }

    /// <summary>
    /// When the primary's server died, as its container says a moment later. On a busy machine a fence can be quicker than that, and the receipt then knows of no gap:
    /// so the story waits for it.
    /// </summary>
    private static async Task<DateTimeOffset> DeathAsync(Cluster cluster)
    {
        DateTimeOffset? died = null;
        await Eventually.HoldsAsync(
            "the death of the server is in the log",
            async () => (died = ServerProcess.KilledAt((await Podman.RunAsync("logs", $"{cluster.Primary}-postgres")).Said)) is not null,
            cluster.StoryAsync);
        return died!.Value;
    }

    internal static async Task FillAsync(Cluster cluster, Access access)
    {
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept select generate_series(1, 1000)");
        await Eventually.HoldsAsync(
            "the rows are on the standby",
            async () => (await Psql.RunAsync(access.DsnOf(cluster.Standby), "select count(*) from kept")).Output.Trim() == "1000",
            cluster.StoryAsync);
    }

    internal static async Task DemandSucceededAsync(Cluster cluster, Access access)
    {
        Assert.Equal("1001", await Psql.TextAsync(access.Dsn, "insert into kept values (0); select count(*) from kept"));
        var status = await cluster.ReadyAsync();
        Assert.Empty(status.Fenced);
        Assert.Equal("1001", await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept where pg_is_in_recovery()"));
        await Eventually.HoldsAsync("the event is told", async () => (await cluster.EventsAsync()).Contains("Promoted"), cluster.StoryAsync);
    }

    private static void DemandReceipt(ClusterStatus status, Cluster cluster)
    {
        var receipt = status.LastPromotion;
        Assert.NotNull(receipt);
        Assert.Equal((cluster.Primary, cluster.Standby), (receipt.From, receipt.To));
        Assert.NotNull(receipt.FencedAt);
        Assert.NotNull(receipt.PromotedAt);
        Assert.NotNull(receipt.WritableAt);
        Assert.True(receipt.RequestedAt <= receipt.FencedAt && receipt.FencedAt <= receipt.PromotedAt && receipt.PromotedAt <= receipt.WritableAt);
        Assert.Equal(cluster.Timeline + 1, status.Timeline);
    }
}
