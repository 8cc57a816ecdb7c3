using System.Diagnostics;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>How a former primary, and a standby that was left behind, come to follow.</summary>
public sealed class RejoinTests(Stage stage) : BorrowedPair(stage)
{
    private const string SmallWal = """{"spec":{"postgres":{"parameters":{"max_slot_wal_keep_size":"64MB","wal_keep_size":"0","max_wal_size":"64MB","min_wal_size":"32MB"}}}}""";

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_switchover_and_back_leaves_two_receipts_and_rewinds_nothing()
    {
        var cluster = Cluster;
        await using var watch = await WriterWatch.StartAsync(cluster);
        foreach (var next in new[] { cluster.Standby, cluster.Primary })
        {
            await cluster.PromoteAsync(next);
            await cluster.PromotedAsync(next);
            await cluster.ReadyAsync();
        }

        await watch.DemandAsync(cluster.Primary, cluster.Standby, cluster.Primary);
        var status = await cluster.StatusAsync();
        var receipts = status.PromotionHistory.Take(2).ToArray();
        Assert.Equal([(cluster.Primary, cluster.Timeline + 2), (cluster.Standby, cluster.Timeline + 1)], receipts.Select(one => (one.To, one.Timeline!.Value)));
        Assert.All(receipts, one => Assert.Equal((PromotionKind.Switchover, 0), (one.Kind, one.LostBytes)));
        Assert.DoesNotContain("DecideFenced", await cluster.EventsAsync());
    }

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_primary_that_had_more_than_its_successor_is_rewound_and_what_was_lost_is_told()
    {
        var cluster = Cluster;
        var access = Access;
        await DivergeAsync(cluster, access, () => Task.CompletedTask);

        var status = await cluster.ReadyAsync();
        Assert.Equal(PromotionKind.Failover, status.LastPromotion!.Kind);
        Assert.InRange(status.LastPromotion.LostBytes!.Value, 2000 * 24, 10_000_000);
        Assert.Equal("1000", await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept where pg_is_in_recovery()"));
        Assert.Equal("pgdata", await DataFoldersAsync(cluster.Primary));
    }

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_primary_that_cannot_be_rewound_is_copied_anew_and_the_old_copy_goes_when_the_new_one_streams()
    {
        var cluster = Cluster;
        var access = Access;
        await DivergeAsync(cluster, access, async () =>
        {
            // Without its WAL it can neither recover nor be rewound.
            (await cluster.Place.ExecAsync(cluster.Primary, "sh", "-c", "rm /var/lib/cortex/pgdata/pg_wal/0*")).Text();
        });

        var status = await cluster.ReadyAsync();
        Assert.Null(status.LastPromotion!.LostBytes);
        Assert.Equal("1000", await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept where pg_is_in_recovery()"));
        await Eventually.HoldsAsync("the old copy is gone", async () => await DataFoldersAsync(cluster.Primary) == "pgdata", cluster.StoryAsync);
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task A_standby_catches_up_by_its_slot_and_one_whose_slot_is_lost_is_copied_anew()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync(SmallWal);
        await cluster.RestsAsync();
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");
        var system = await StartedAsync(access, cluster.Standby);

        // A short absence: within what the slot keeps.
        await cluster.Place.FreezeAsync(cluster.Standby);
        await FillAsync(access, cluster.Primary, megabytes: 32);
        await cluster.Place.ThawAsync(cluster.Standby);
        await cluster.ReadyAsync();
        Assert.Equal(system, await StartedAsync(access, cluster.Standby));

        // A long one: the primary does not fill its disk for it.
        await LoseSlotAsync(cluster, access);
        await cluster.Place.ThawAsync(cluster.Standby);
        await CopiedAnewAsync(cluster, access);
    }

    [Fact]
    public async Task A_standby_whose_lost_slot_somebody_removed_is_copied_anew_though_the_slot_that_is_there_now_looks_sound()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync(SmallWal);
        await cluster.RestsAsync();
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");

        await LoseSlotAsync(cluster, access);
        await SuperAsync(access, cluster.Primary, "select pg_drop_replication_slot(slot_name) from pg_replication_slots");
        await Eventually.HoldsAsync("the slot is there again", async () => await SuperAsync(access, cluster.Primary, "select wal_status from pg_replication_slots") == "reserved", cluster.StoryAsync);
        await cluster.Place.ThawAsync(cluster.Standby);
        await CopiedAnewAsync(cluster, access);
    }

    /// <summary>The same with rows instead of segments that are given up nearly empty.</summary>
    [Fact, Trait("Level", "deep"), Trait("Story", "EveryTarget")]
    public async Task A_standby_that_is_300_MB_of_rows_behind_is_copied_anew()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync(SmallWal);
        await cluster.RestsAsync();
        await Psql.TextAsync(access.Dsn, "create table kept (number int, filler text)");
        await cluster.Place.FreezeAsync(cluster.Standby);
        await HeavyWork.DoAsync(() => Psql.TextAsync(access.Dsn, "insert into kept select n, repeat('x', 1000) from generate_series(1, 300000) n"));
        await SlotIsLostAsync(cluster, access);
        await cluster.Place.ThawAsync(cluster.Standby);
        await CopiedAnewAsync(cluster, access);
    }

    [Fact]
    public async Task A_rejoin_whose_container_is_killed_again_and_again_comes_to_its_end()
    {
        var cluster = Cluster;
        var access = Access;
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept select generate_series(1, 1000)");
        await using var watch = await WriterWatch.StartAsync(cluster);
        await cluster.Place.CrashAsync(cluster.Primary);
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        var killed = 0;
        for (var clock = Stopwatch.StartNew(); killed < 4 && clock.Elapsed < TimeSpan.FromSeconds(20) && !Cluster.Is(await cluster.StatusAsync(), ConditionTypes.Ready, "True");)
        {
            killed += (await Podman.RunAsync("kill", $"{cluster.Primary}-task")).Succeeded ? 1 : 0;
        }

        await cluster.ReadyAsync();
        Assert.True(killed > 0, "no container was ever met");
        Assert.Equal("1000", await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept where pg_is_in_recovery()"));
        await watch.DemandAsync(cluster.Primary, cluster.Standby);
    }

    /// <summary>
    /// The primary had 3000 rows at its end, and the standby that succeeds it has 1000. It hangs rather than dies, because on Kubernetes what died is back at once, and would send them.
    /// </summary>
    private static async Task DivergeAsync(Cluster cluster, Access access, Func<Task> beforeItsEnd)
    {
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept select generate_series(1, 1000)");
        await Eventually.HoldsAsync("the rows are on the standby", async () => await CountAsync(access, cluster.Standby) == "1000", cluster.StoryAsync);
        await using (await SenderStopped.OfAsync(cluster, access))
        {
            await Psql.TextAsync(access.Dsn, "insert into kept select generate_series(1001, 3000)");
            await beforeItsEnd();
            await cluster.Place.HangAsync(cluster.Primary);
            await cluster.PromoteAsync(cluster.Standby);
            await cluster.PromotedAsync(cluster.Standby);
        }
    }

    /// <summary>The standby stands still, and what it would need next is gone.</summary>
    private static async Task LoseSlotAsync(Cluster cluster, Access access)
    {
        await cluster.Place.FreezeAsync(cluster.Standby);
        await FillAsync(access, cluster.Primary, megabytes: 160);
        await SlotIsLostAsync(cluster, access);
    }

    private static Task SlotIsLostAsync(Cluster cluster, Access access) => Eventually.HoldsAsync(
        "the slot is lost",
        async () => (await SuperAsync(access, cluster.Primary, "checkpoint; select wal_status from pg_replication_slots where not active")).EndsWith("lost", StringComparison.Ordinal),
        cluster.StoryAsync);

    private async Task CopiedAnewAsync(Cluster cluster, Access access)
    {
        await Eventually.HoldsAsync(
            "the standby was copied anew and follows",
            async () => await CountAsync(access, cluster.Standby) is { Length: > 0 } there && there == await CountAsync(access, cluster.Primary),
            cluster.StoryAsync);
        await cluster.ReadyAsync();
        await Eventually.HoldsAsync("the old copy is gone", async () => await DataFoldersAsync(cluster.Standby) == "pgdata", cluster.StoryAsync);
    }

    internal static async Task<string> StartedAsync(Access access, string instance) => await SuperAsync(access, instance, "select pg_postmaster_start_time()");

    internal static Task<string> SuperAsync(Access access, string instance, string sql) => Psql.TextAsync(access.DsnOf(instance, "user=postgres dbname=postgres"), sql);

    private static async Task<string> CountAsync(Access access, string instance) => (await Psql.RunAsync(access.DsnOf(instance), "select count(*) from kept")).Output.Trim();

    /// <summary>Rows, and then the rest of their WAL segment unused: what a slot keeps, and what a checkpoint may take, is counted in segments of 16 MB.</summary>
    private static async Task FillAsync(Access access, string primary, int megabytes)
    {
        for (var part = 0; part < megabytes; part += 16)
        {
            await Psql.TextAsync(access.Dsn, "insert into kept select generate_series(1, 1000)");
            await SuperAsync(access, primary, "select pg_switch_wal()");
        }
    }

    /// <summary>The folders in the volume of a running instance that hold data, whole or not.</summary>
    private async Task<string> DataFoldersAsync(string instance) =>
        (await Cluster.Place.ExecAsync(instance, "sh", "-c", "cd /var/lib/cortex && echo pgdata*")).Text();

    /// <summary>
    /// The process that sends WAL is stopped (SIGSTOP): what the primary acknowledges meanwhile never leaves it. From within its container, because on a
    /// rootless Podman it is another user's.
    /// </summary>
    private sealed class SenderStopped : IAsyncDisposable
    {
        private readonly Cluster cluster;
        private readonly string process;

        private SenderStopped(Cluster cluster, string process) => (this.cluster, this.process) = (cluster, process);

        public static async Task<SenderStopped> OfAsync(Cluster cluster, Access access)
        {
            var stopped = new SenderStopped(cluster, await SuperAsync(access, cluster.Primary, "select pid from pg_stat_replication where state = 'streaming'"));
            (await stopped.SignalAsync("STOP")).Text();
            return stopped;
        }

        /// <summary>It may have died with its server meanwhile.</summary>
        public async ValueTask DisposeAsync() => await SignalAsync("CONT");

        private Task<ToolResult> SignalAsync(string signal) => cluster.Place.ExecAsync(cluster.Primary, "sh", "-c", $"kill -{signal} {process}");
    }
}
