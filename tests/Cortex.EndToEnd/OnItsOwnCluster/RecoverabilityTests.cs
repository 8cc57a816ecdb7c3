using System.Globalization;
using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The archive has no hole, whatever a promotion interrupts.</summary>
public sealed class RecoverabilityTests(SharedClusters shared) : OwnCluster(shared)
{
    private const int RowsBetween = 20;

    [Theory, InlineData(20), Trait("Level", "deep")]
    public async Task Moments_of_every_timeline_of_many_promotions_under_load_are_restored_exactly(int promotions)
    {
        await using var volume = await BackupVolume.MakeAsync();
        // Asynchronous replication may lose an acknowledged row in a failover.
        await using var cluster = await Operator.CreateAsync(
            $"{volume.Spec}\nreplication: {{mode: Synchronous, durability: Preferred}}");
        await Archive.IsAsync(cluster, "True");
        await SynchronousTests.InForceAsync(cluster);
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int)");
        await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");
        await using var appender = new Appender(access);
        List<Moment> moments = [];
        for (var (promotion, primary, standby) = (0, cluster.Primary, cluster.Standby); promotion < promotions; promotion++)
        {
            await MoreRowsAsync(cluster, appender);
            moments.Add(await Moment.NowAsync(access, appender));
            await MoreRowsAsync(cluster, appender);
            await PromoteAsync(cluster, access, promotion, primary, standby);
            (primary, standby) = (standby, primary);
            await cluster.SteadyAsync();
            await SynchronousTests.InForceAsync(cluster);
        }

        await MoreRowsAsync(cluster, appender);
        moments.Add(await Moment.NowAsync(access, appender));
        await MoreRowsAsync(cluster, appender);
        await appender.StopAsync();
        var folder = (await Archive.HasAllAsync(cluster, access)).Backup!.Folder!;
        foreach (var moment in moments)
        {
            await moment.AssertRestoredAsync(volume, folder);
        }

        await appender.AssertAllPresentAsync(access.Dsn);
    }

    private static Task MoreRowsAsync(Cluster cluster, Appender appender) =>
        appender.AtLeastAsync(appender.Acknowledged.Count + RowsBetween, cluster.DescribeAsync);

    /// <summary>In turn: a switchover, a failover, and a failover of a primary that has not archived what it sent.</summary>
    private static async Task PromoteAsync(Cluster cluster, Access access, int promotion, string primary, string standby)
    {
        if (promotion % 3 == 2)
        {
            await Archive.LagsAsync(cluster, access, primary);
        }

        if (promotion % 3 > 0)
        {
            await cluster.Target.CrashAsync(primary);
            await cluster.PromoteWithoutKubectlAsync(standby);
        }
        else
        {
            await cluster.PromoteAsync(standby);
        }

        await cluster.PromotedAsync(standby);
    }

    /// <summary>A moment while rows are appended.</summary>
    /// <param name="Time">By the clock of the primary.</param>
    /// <param name="Acknowledged">The rows that were acknowledged before it.</param>
    /// <param name="Begun">The last row that was sent before it.</param>
    private sealed record Moment(string Time, IReadOnlyList<int> Acknowledged, int Begun)
    {
        public static async Task<Moment> NowAsync(Access access, Appender appender)
        {
            var acknowledged = appender.Acknowledged.ToList();
            var time = await Psql.TextAsync(access.Dsn, "select clock_timestamp()");
            return new Moment(time.Trim(), acknowledged, appender.Begun);
        }

        /// <summary>Every row that was acknowledged before the moment is restored, and no row that was sent after it.</summary>
        public async Task AssertRestoredAsync(BackupVolume volume, string folder)
        {
            var rows = await volume.AskRestoredAsync(
                folder, "select number from appended", "--type=time", $"--target={Time}", "--target-action=promote");
            var restored = rows.Split('\n').Select(row => int.Parse(row, CultureInfo.InvariantCulture)).ToHashSet();
            Assert.True(Acknowledged.All(restored.Contains), $"{Time}: {string.Join(", ", Acknowledged.Except(restored))} are missing");
            Assert.True(restored.Max() <= Begun, $"{Time}: {restored.Max()} was sent later than {Begun}");
        }
    }
}
