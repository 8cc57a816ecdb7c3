using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The archive makes standbys and brings them back, so that the primary is not copied.</summary>
public sealed class StandbySourceTests(SharedClusters shared) : OwnCluster(shared)
{
    private const string ByBackup = "pgBackRest backup";
    private const string ByCopy = "pg_basebackup base backup";

    /// <summary>How the data of an instance were made, and when.</summary>
    private const string Origin = "cat /var/lib/cortex/pgdata/backup_label.old";

    private const string SmallWal =
        """postgres: {parameters: {max_slot_wal_keep_size: 64MB, wal_keep_size: "0", max_wal_size: 64MB, min_wal_size: 32MB}}""";

    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task A_standby_is_made_from_a_backup_catches_up_from_the_archive_and_is_copied_where_that_has_a_hole()
    {
        await using var volume = await BackupVolume.MakeAsync();
        var spec = volume.Spec.Replace("}}}", "}}, standbysFrom: Backup}", StringComparison.Ordinal);
        await using var cluster = await Operator.CreateAsync($"{spec}\n{SmallWal}");
        await Archive.IsAsync(cluster, "True");
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table kept (number int); insert into kept values (1)");
        await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");
        // The primary no longer has the WAL of the backup.
        await RejoinTests.FillAsync(access, cluster.Primary, megabytes: 160);
        await RejoinTests.SuperAsync(access, cluster.Primary, "checkpoint");
        await Archive.HasAllAsync(cluster, access);

        var third = $"{cluster.Name}-s2";
        await cluster.PatchAsync("""{"spec":{"instances":3}}""");
        await cluster.UntilAsync(
            "the new standby streams",
            now => now.Status?.Instances.Any(
                instance => instance.Name == third && instance.State == InstanceStates.Streaming) == true);
        access = await cluster.RenewAccessAsync();
        await FollowsAsync(cluster, access, third);
        Assert.Contains(ByBackup, await OriginAsync(cluster, third), StringComparison.Ordinal);

        var origin = await OriginAsync(cluster, cluster.Standby);
        await RejoinTests.LoseSlotAsync(cluster, access);
        await cluster.Target.ThawAsync(cluster.Standby);
        await FollowsAsync(cluster, access, cluster.Standby);
        Assert.Contains(ByCopy, origin, StringComparison.Ordinal);
        Assert.Equal(origin, await OriginAsync(cluster, cluster.Standby));

        await RejoinTests.LoseSlotAsync(cluster, access);
        var status = await Archive.HasAllAsync(cluster, access);
        var archive = $"{status.Backup!.Folder}/archive/cortex";
        (await cluster.Target.ExecAsync(cluster.Primary, "sh", "-ceu", $"rm -r {archive}/*/*/")).Text();
        await cluster.Target.ThawAsync(cluster.Standby);
        await FollowsAsync(cluster, access, cluster.Standby);
        var copied = await OriginAsync(cluster, cluster.Standby);
        Assert.Contains(ByCopy, copied, StringComparison.Ordinal);
        Assert.NotEqual(origin, copied);
    }

    private static async Task<string> OriginAsync(Cluster cluster, string instance) =>
        (await cluster.Target.ExecAsync(instance, "sh", "-c", Origin)).Text();

    private static async Task FollowsAsync(Cluster cluster, Access access, string standby)
    {
        await cluster.ReadyAsync();
        await Eventually.HoldsAsync(
            $"{standby} has the rows of its primary",
            async () => await Psql.TextAsync(access.DsnOf(standby), "select count(*) from kept where pg_is_in_recovery()") is var rows
                && rows == await Psql.TextAsync(access.DsnOf(cluster.Primary), "select count(*) from kept"),
            cluster.DescribeAsync);
    }
}
