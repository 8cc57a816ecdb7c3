using System.Globalization;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The archive has no hole, whatever a promotion interrupts.</summary>
public sealed class RecoverabilityTests(SharedClusters shared) : OwnCluster(shared)
{
    private const int RowsBetween = 20;
    private const string Rows = "select number from appended";

    [Theory, InlineData(20), Trait("Level", "deep")]
    public async Task Moments_of_every_timeline_of_many_promotions_under_load_are_restored_exactly(int promotions)
    {
        await using var volume = await BackupVolume.MakeAsync();
        // The third instance follows each promotion, and is promoted with WAL of several timelines.
        await using var cluster = await Operator.CreateAsync($"{volume.Spec}\ninstances: 3");
        string[] instances = [cluster.Primary, cluster.Standby, $"{cluster.Name}-s2"];
        await Archive.IsAsync(cluster, "True");
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int)");
        await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");
        await using var appender = new Appender(access);
        List<Moment> moments = [];
        for (var promotion = 0; promotion < promotions; promotion++)
        {
            var (primary, standby) = (instances[promotion % instances.Length], instances[(promotion + 1) % instances.Length]);
            await MoreRowsAsync(cluster, appender);
            moments.Add(await Moment.NowAsync(access, appender));
            await MoreRowsAsync(cluster, appender);
            await PromoteAsync(cluster, access, promotion, primary, standby);
            await cluster.SteadyAsync();
        }

        await MoreRowsAsync(cluster, appender);
        moments.Add(await Moment.NowAsync(access, appender));
        await MoreRowsAsync(cluster, appender);
        await appender.StopAsync();
        var folder = (await Archive.HasAllAsync(cluster, access)).Backup!.Folder!;
        // A failover may lose the last rows that were acknowledged before it.
        var kept = Numbers(await Psql.TextAsync(access.Dsn, Rows));
        foreach (var moment in moments)
        {
            moment.AssertRestored(Numbers(await volume.AskRestoredAsync(folder, Rows, moment.Target)), kept);
        }
    }

    private static HashSet<int> Numbers(string rows) =>
        [.. rows.Split('\n').Select(row => int.Parse(row, CultureInfo.InvariantCulture))];

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

        public string[] Target => ["--type=time", $"--target={Time}", "--target-action=promote"];

        /// <summary>
        /// Every row that was acknowledged before the moment, and that the cluster has kept, and no row that was sent after it.
        /// </summary>
        public void AssertRestored(HashSet<int> restored, HashSet<int> kept)
        {
            var missing = Acknowledged.Where(number => kept.Contains(number) && !restored.Contains(number)).ToList();
            Assert.True(missing.Count == 0, $"{Time}: {string.Join(", ", missing)} are missing");
            Assert.True(restored.IsSubsetOf(kept), $"{Time}: {string.Join(", ", restored.Except(kept))} were lost");
            Assert.True(restored.Max() <= Begun, $"{Time}: {restored.Max()} was sent later than {Begun}");
        }
    }
}
