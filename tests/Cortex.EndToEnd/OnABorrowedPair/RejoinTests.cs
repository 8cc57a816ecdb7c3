using System.Diagnostics;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>How a former primary, and a standby that has fallen behind, become standbys again.</summary>
public sealed class RejoinTests(SharedClusters shared) : BorrowedPair(shared)
{
    private const string SmallWal =
        """{"spec":{"postgres":{"parameters":{"max_slot_wal_keep_size":"64MB","wal_keep_size":"0","""
        + """ "max_wal_size":"64MB","min_wal_size":"32MB"}}}}""";

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task Two_switchovers_leave_two_receipts_and_rewind_nothing()
    {
        var cluster = Cluster;
        await using var watch = await WriterWatch.StartAsync(cluster);
        foreach (var next in new[] { cluster.Standby, cluster.Primary })
        {
            await cluster.PromoteAsync(next);
            await cluster.PromotedAsync(next);
            await cluster.ReadyAsync();
        }

        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby, cluster.Primary);
        var status = await cluster.StatusAsync();
        var receipts = status.PromotionHistory.Take(2).ToArray();
        Assert.Equal(
            [(cluster.Primary, cluster.Timeline + 2), (cluster.Standby, cluster.Timeline + 1)],
            receipts.Select(receipt => (receipt.To, receipt.Timeline!.Value)));
        Assert.All(receipts, receipt => Assert.Equal((PromotionKind.Switchover, 0), (receipt.Kind, receipt.LostBytes)));
        Assert.DoesNotContain("DecideFenced", await cluster.EventsAsync());
    }

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_former_primary_with_more_data_than_its_successor_is_rewound_and_the_loss_is_reported()
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
    public async Task A_former_primary_that_cannot_be_rewound_gets_a_new_copy_and_the_old_copy_is_removed_afterwards()
    {
        var cluster = Cluster;
        var access = Access;
        await DivergeAsync(cluster, access, async () =>
        {
            // Without its WAL, the instance can neither recover nor be rewound.
            (await cluster.Target.ExecAsync(cluster.Primary, "sh", "-c", "rm /var/lib/cortex/pgdata/pg_wal/0*")).Text();
        });

        var status = await cluster.ReadyAsync();
        Assert.Null(status.LastPromotion!.LostBytes);
        Assert.Equal("1000", await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept where pg_is_in_recovery()"));
        await Eventually.HoldsAsync(
            "the old copy is gone", async () => await DataFoldersAsync(cluster.Primary) == "pgdata", cluster.DescribeAsync);
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task A_standby_catches_up_by_its_slot_and_gets_a_new_copy_when_the_slot_is_lost()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync(SmallWal);
        await cluster.SteadyAsync();
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");
        var system = await StartedAsync(access, cluster.Standby);

        // A short absence: the slot still has the WAL.
        await cluster.Target.FreezeAsync(cluster.Standby);
        await FillAsync(access, cluster.Primary, megabytes: 32);
        await cluster.Target.ThawAsync(cluster.Standby);
        await cluster.ReadyAsync();
        Assert.Equal(system, await StartedAsync(access, cluster.Standby));

        // A long absence: the primary does not fill its disk for the standby.
        await LoseSlotAsync(cluster, access);
        await cluster.Target.ThawAsync(cluster.Standby);
        await HasNewCopyAsync(cluster, access);
    }

    [Fact]
    public async Task A_standby_whose_lost_slot_was_removed_gets_a_new_copy_although_the_new_slot_is_valid()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync(SmallWal);
        await cluster.SteadyAsync();
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");

        await LoseSlotAsync(cluster, access);
        await SuperAsync(access, cluster.Primary, "select pg_drop_replication_slot(slot_name) from pg_replication_slots");
        await Eventually.HoldsAsync(
            "the slot exists again",
            async () => await SuperAsync(access, cluster.Primary, "select wal_status from pg_replication_slots") == "reserved",
            cluster.DescribeAsync);
        await cluster.Target.ThawAsync(cluster.Standby);
        await HasNewCopyAsync(cluster, access);
    }

    /// <summary>The same with real rows instead of nearly empty segments.</summary>
    [Fact, Trait("Level", "deep"), Trait("Story", "EveryTarget")]
    public async Task A_standby_that_is_300_MB_of_rows_behind_gets_a_new_copy()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync(SmallWal);
        await cluster.SteadyAsync();
        await Psql.TextAsync(access.Dsn, "create table kept (number int, filler text)");
        await cluster.Target.FreezeAsync(cluster.Standby);
        await HeavyWork.DoAsync(
            () => Psql.TextAsync(access.Dsn, "insert into kept select n, repeat('x', 1000) from generate_series(1, 300000) n"));
        await SlotIsLostAsync(cluster, access);
        await cluster.Target.ThawAsync(cluster.Standby);
        await HasNewCopyAsync(cluster, access);
    }

    /// <summary>
    /// The next record of its successor would begin a page, whose header does not exist before. The position of the header is the one at
    /// which a rewound standby is consistent.
    /// </summary>
    [Fact]
    public async Task A_former_primary_rejoins_while_its_successor_writes_nothing()
    {
        var cluster = Cluster;
        var access = Access;
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept select generate_series(1, 1000)");
        await cluster.Target.CrashAsync(cluster.Primary);
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        using var rejoined = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        // Where nothing was written since the last switch, a switch writes nothing.
        var switching = Task.Run(
            async () =>
            {
                while (!rejoined.IsCancellationRequested)
                {
                    await SuperAsync(access, cluster.Standby, "select pg_switch_wal()");
                }
            },
            rejoined.Token);

        await cluster.ReadyAsync();
        await rejoined.CancelAsync();
        await switching;
        Assert.Equal("1000", await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept where pg_is_in_recovery()"));
    }

    [Fact]
    public async Task A_rejoin_whose_container_is_killed_repeatedly_succeeds()
    {
        var cluster = Cluster;
        var access = Access;
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept select generate_series(1, 1000)");
        await using var watch = await WriterWatch.StartAsync(cluster);
        await cluster.Target.CrashAsync(cluster.Primary);
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        var killed = 0;
        var clock = Stopwatch.StartNew();
        while (killed < 4 && clock.Elapsed < TimeSpan.FromSeconds(20)
            && !Cluster.Is(await cluster.StatusAsync(), ConditionTypes.Ready, "True"))
        {
            killed += (await Podman.RunAsync("kill", $"{cluster.Primary}-task")).Succeeded ? 1 : 0;
        }

        await cluster.ReadyAsync();
        Assert.True(killed > 0, "no container was ever found");
        Assert.Equal("1000", await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept where pg_is_in_recovery()"));
        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
    }

    /// <summary>
    /// The primary has 3000 rows when it fails, and the standby that succeeds it has 1000 rows. The primary hangs instead of dying, because
    /// on Kubernetes a dead server would restart immediately and send its rows.
    /// </summary>
    private static async Task DivergeAsync(Cluster cluster, Access access, Func<Task> beforeItsEnd)
    {
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept select generate_series(1, 1000)");
        await Eventually.HoldsAsync(
            "the rows are on the standby", async () => await CountAsync(access, cluster.Standby) == "1000", cluster.DescribeAsync);
        await using (await StoppedWalSender.OfAsync(cluster, access))
        {
            await Psql.TextAsync(access.Dsn, "insert into kept select generate_series(1001, 3000)");
            await beforeItsEnd();
            await cluster.Target.HangAsync(cluster.Primary);
            await cluster.PromoteAsync(cluster.Standby);
            await cluster.PromotedAsync(cluster.Standby);
        }
    }

    /// <summary>The standby is frozen, and the WAL that it needs next is removed.</summary>
    internal static async Task LoseSlotAsync(Cluster cluster, Access access)
    {
        await cluster.Target.FreezeAsync(cluster.Standby);
        await FillAsync(access, cluster.Primary, megabytes: 160);
        await SlotIsLostAsync(cluster, access);
    }

    private static Task SlotIsLostAsync(Cluster cluster, Access access) => Eventually.HoldsAsync(
        "the slot is lost",
        async () =>
            (await SuperAsync(
                access,
                cluster.Primary,
                "checkpoint; select wal_status from pg_replication_slots where not active")).EndsWith("lost", StringComparison.Ordinal),
        cluster.DescribeAsync);

    private async Task HasNewCopyAsync(Cluster cluster, Access access)
    {
        await Eventually.HoldsAsync(
            "the standby has a new copy and follows",
            async () =>
                await CountAsync(access, cluster.Standby) is { Length: > 0 } count && count == await CountAsync(access, cluster.Primary),
            cluster.DescribeAsync);
        await cluster.ReadyAsync();
        await Eventually.HoldsAsync(
            "the old copy is gone", async () => await DataFoldersAsync(cluster.Standby) == "pgdata", cluster.DescribeAsync);
    }

    internal static async Task<string> StartedAsync(Access access, string instance) =>
        await SuperAsync(access, instance, "select pg_postmaster_start_time()");

    internal static Task<string> SuperAsync(Access access, string instance, string sql) =>
        Psql.TextAsync(access.DsnOf(instance, "user=postgres dbname=postgres"), sql);

    private static async Task<string> CountAsync(Access access, string instance) =>
        (await Psql.RunAsync(access.DsnOf(instance), "select count(*) from kept")).Output.Trim();

    /// <summary>
    /// Inserts rows and then switches to the next WAL segment, because slots and checkpoints keep WAL in whole segments of 16 MB.
    /// </summary>
    internal static async Task FillAsync(Access access, string primary, int megabytes)
    {
        for (var part = 0; part < megabytes; part += 16)
        {
            await Psql.TextAsync(access.Dsn, "insert into kept select generate_series(1, 1000)");
            await SuperAsync(access, primary, "select pg_switch_wal()");
        }
    }

    /// <summary>The folders with data, complete or incomplete, in the volume of a running instance.</summary>
    private async Task<string> DataFoldersAsync(string instance) =>
        (await Cluster.Target.ExecAsync(instance, "sh", "-c", "cd /var/lib/cortex && echo pgdata*")).Text();

    /// <summary>
    /// Stops the process that sends WAL (SIGSTOP), so that later commits of the primary do not reach the standby. The signal is sent from
    /// within the container, because with a rootless Podman the process belongs to another user.
    /// </summary>
    private sealed class StoppedWalSender : IAsyncDisposable
    {
        private readonly Cluster cluster;
        private readonly string process;

        private StoppedWalSender(Cluster cluster, string process) => (this.cluster, this.process) = (cluster, process);

        public static async Task<StoppedWalSender> OfAsync(Cluster cluster, Access access)
        {
            var stopped = new StoppedWalSender(
                cluster, await SuperAsync(access, cluster.Primary, "select pid from pg_stat_replication where state = 'streaming'"));
            (await stopped.SignalAsync("STOP")).Text();
            return stopped;
        }

        /// <summary>The process may have died with its server.</summary>
        public async ValueTask DisposeAsync() => await SignalAsync("CONT");

        private Task<ToolResult> SignalAsync(string signal) =>
            cluster.Target.ExecAsync(cluster.Primary, "sh", "-c", $"kill -{signal} {process}");
    }
}
