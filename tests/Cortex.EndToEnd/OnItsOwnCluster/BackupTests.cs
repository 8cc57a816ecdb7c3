using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>What is in a repository can be restored, whatever happened to the cluster meanwhile.</summary>
public sealed class BackupTests(SharedClusters shared) : OwnCluster(shared)
{
    /// <summary>After that the operator kills a server that does not stop.</summary>
    private const int ShutdownLimitMilliseconds = 30_000;

    private const string AllRows = "select number from appended order by number";

    [Fact]
    public async Task Every_acknowledged_row_is_restored_from_a_backup_before_a_failover_and_a_switchover()
    {
        await using var volume = await BackupVolume.MakeAsync();
        // Asynchronous replication may lose an acknowledged row in a failover.
        await using var cluster = await Operator.CreateAsync(
            $"{volume.Spec}\nreplication: {{mode: Synchronous, durability: Preferred}}");
        await Archive.IsAsync(cluster, "True");
        await SynchronousTests.InForceAsync(cluster);
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int)");
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(20, cluster.DescribeAsync);
        var backup = await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");
        await Archive.LagsAsync(cluster, access, cluster.Primary);

        await cluster.Target.CrashAsync(cluster.Primary);
        await cluster.PromoteWithoutKubectlAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await appender.AtLeastAsync(appender.Acknowledged.Count + 20, cluster.DescribeAsync);
        await cluster.SteadyAsync();
        await cluster.PromoteAsync(cluster.Primary);
        await cluster.PromotedAsync(cluster.Primary);
        await appender.AtLeastAsync(appender.Acknowledged.Count + 20, cluster.DescribeAsync);
        await appender.AssertAllPresentAsync(access.Dsn);
        var there = await Psql.TextAsync(access.Dsn, AllRows);

        var status = await Archive.HasAllAsync(cluster, access);
        Assert.Equal(there, await volume.AskRestoredAsync(status.Backup!.Folder!, AllRows, $"--set={backup.Label}"));
        Assert.Equal("Full", backup.Type);
        Assert.Equal(backup.StoppedAt, status.Backup.FirstRecoverable);
    }

    [Fact]
    public async Task A_moment_between_two_rows_is_restored_and_retention_removes_the_oldest_backup()
    {
        await using var volume = await BackupVolume.MakeAsync();
        var spec = volume.Spec.Replace("}}}", "}}, retention: {full: 1}}", StringComparison.Ordinal);
        await using var cluster = await Operator.CreateAsync($"{spec}\ninstances: 1");
        await Archive.IsAsync(cluster, "True");
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int)");
        var old = await CaughtUpAsync(cluster);
        var second = await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-new");
        var changes = await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-changes", BackupType.Incremental);
        await Psql.TextAsync(access.Dsn, "insert into appended values (1)");
        var moment = await Psql.TextAsync(access.Dsn, "select pg_sleep(0.1); select clock_timestamp(); select pg_sleep(0.1)");
        await Psql.TextAsync(access.Dsn, "insert into appended values (2)");

        var status = await Archive.HasAllAsync(cluster, access);
        string[] between = ["--type=time", $"--target={moment.Trim()}", "--target-action=promote"];
        Assert.Equal("1", await volume.AskRestoredAsync(status.Backup!.Folder!, AllRows, between));
        Assert.Equal("1\n2", await volume.AskRestoredAsync(status.Backup.Folder!, AllRows));
        Assert.Equal("Incremental", changes.Type);
        Assert.Equal(changes.Label, status.Backup.LastBackup?.Label);
        Assert.Equal(second.StoppedAt, status.Backup.FirstRecoverable);
        // The schedule removes the resource of a backup that has expired.
        await Eventually.HoldsAsync(
            "the older backup has expired",
            async () => (await cluster.Operator.Kubectl.TextAsync("get", "cxb", old, "--ignore-not-found")).Length == 0,
            cluster.DescribeAsync);
    }

    [Fact]
    public async Task A_repository_that_cannot_be_written_delays_no_switchover_and_fills_no_disk()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cluster = await Operator.CreateAsync(
            volume.Spec.Replace("}}}", "}}, maximumBacklog: 64Mi}", StringComparison.Ordinal));
        var folder = (await Archive.IsAsync(cluster, "True")).Backup!.Folder!;
        var access = await cluster.AccessAsync();
        await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");
        await volume.AllowAsync($"{folder}/archive/cortex", writing: false);
        await Archive.SwitchAsync(cluster, access);

        // Podman may write the log a moment after PostgreSQL counted the failure: the words follow in the next pass.
        var failing = await Archive.FailsAsync(cluster, Reasons.ArchivingFails, "Permission denied");
        Assert.True(failing.Backup!.Archive!.BacklogSegments > 0, $"{failing.Backup}");
        Assert.NotNull(failing.Backup.Archive.FailingSince);
        await cluster.PromoteAsync(cluster.Standby);
        var receipt = (await cluster.PromotedAsync(cluster.Standby)).LastPromotion;
        Assert.Equal((PromotionKind.Switchover, 0L), (receipt?.Kind, receipt?.LostBytes));

        for (var segments = 0; segments <= 5; segments++)
        {
            await Archive.SwitchAsync(cluster, access);
        }

        var gap = await cluster.UntilAsync(
            "no more WAL waits than may",
            now => Cluster.Is(now.Status, ConditionTypes.ArchiveGap, "True") && now.Status?.Backup?.Archive?.BacklogSegments <= 4);
        await volume.AllowAsync($"{folder}/archive/cortex", writing: true);
        await Archive.SwitchAsync(cluster, access);
        var repaired = await cluster.UntilAsync(
            "the backlog is archived, and a full backup has ended the gap",
            now => Cluster.Is(now.Status, ConditionTypes.Archiving, "True") && Cluster.Is(now.Status, ConditionTypes.ArchiveGap, "False")
                && now.Status?.Backup?.Archive?.BacklogSegments == 0);
        Assert.Null(repaired.Backup!.Archive!.FailingSince);
        Assert.Equal("Full", repaired.Backup.LastBackup?.Type);
        Assert.True(repaired.Backup.LastBackup!.StoppedAt > gap.Backup?.Archive?.Gap?.At, $"{repaired.Backup}");
    }

    [Fact]
    public async Task A_repository_that_does_not_answer_delays_no_switchover_and_loses_nothing()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cluster = await Operator.CreateAsync(volume.Spec);
        var folder = (await Archive.IsAsync(cluster, "True")).Backup!.Folder!;
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int)");
        await volume.HangAsync(folder);
        await Psql.TextAsync(access.Dsn, "insert into appended values (1)");
        await Archive.SwitchAsync(cluster, access);
        await Archive.IsPushedAsync(cluster);

        await cluster.PromoteAsync(cluster.Standby);
        var receipt = (await cluster.PromotedAsync(cluster.Standby)).LastPromotion;
        Assert.Equal((PromotionKind.Switchover, 0L), (receipt?.Kind, receipt?.LostBytes));
        Assert.True(receipt?.WriteGapMs < ShutdownLimitMilliseconds, $"the former primary was killed: {receipt}");

        await volume.AnswerAsync(folder);
        await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-afterwards");
        await Archive.HasAllAsync(cluster, access);
        Assert.Equal("1", await volume.AskRestoredAsync(folder, AllRows));
    }

    [Fact]
    public async Task A_full_repository_is_reported_and_used_again_when_there_is_room()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a small disk is mounted, which needs root");
        await using var volume = await BackupVolume.MakeAsync();
        await volume.LimitAsync("64m");
        await using var cluster = await Operator.CreateAsync($"{volume.Spec}\ninstances: 1");
        await Archive.IsAsync(cluster, "True");
        var access = await cluster.AccessAsync();
        await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");
        const string filling = $"{Paths.Repository}/filling";
        await cluster.Target.ExecAsync(cluster.Primary, "dd", "if=/dev/zero", $"of={filling}", "bs=1M");
        await Archive.SwitchAsync(cluster, access);
        await Archive.FailsAsync(cluster, Reasons.ArchivingFails, "No space left on device");
        await BackupVolume.BeginAsync(cluster, $"{cluster.Name}-second");
        await BackupVolume.UntilAsync(
            cluster,
            $"{cluster.Name}-second",
            "the backup says what it waits for",
            backup => backup.Message?.Contains("is not archived", StringComparison.Ordinal) == true);

        (await cluster.Target.ExecAsync(cluster.Primary, "rm", filling)).Text();
        // PostgreSQL tries again after a minute, or when it reloads.
        await Psql.TextAsync(access.DsnOf(cluster.Primary, "user=postgres dbname=postgres"), "select pg_reload_conf()");
        await BackupVolume.CompletedAsync(cluster, $"{cluster.Name}-second");
        var status = await Archive.IsAsync(cluster, "True");
        Assert.Equal(0, status.Backup!.Archive!.BacklogSegments);
    }

    [Fact]
    public async Task A_repository_that_is_added_to_a_cluster_and_taken_away_restarts_its_pods_one_by_one()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cluster = await Operator.CreateAsync($"image: {volume.Image}");
        Assert.Null((await cluster.StatusAsync()).Backup);

        const string edit = """{"spec":{"backup":{"repository":{"directory":{"volume":"NAME"}}}}}""";
        await cluster.PatchAsync(edit.Replace("NAME", volume.Name, StringComparison.Ordinal));
        await Archive.IsAsync(cluster, "True");
        await cluster.SteadyAsync();
        await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");
        await cluster.PatchAsync("""{"spec":{"backup":null}}""");

        var status = await cluster.UntilAsync(
            "there is no repository",
            now => now.Status is { Backup: null } && now.Status.Instances.All(instance => instance.Outdated is null)
                && now.Status.ObservedGeneration == now.Metadata.Generation);
        Assert.DoesNotContain(status.Conditions, condition => condition.Type == ConditionTypes.Archiving);
        var superuser = (await cluster.AccessAsync()).DsnOf(status.Primary!, "user=postgres dbname=postgres");
        Assert.Equal("true", await Psql.TextAsync(superuser, "show archive_command"));
    }

    /// <summary>The name of the backup that a schedule makes after its time has come several times unnoticed.</summary>
    private static async Task<string> CaughtUpAsync(Cluster cluster)
    {
        await cluster.PatchAsync("""{"spec":{"backup":{"schedule":{"full":"@yearly"}}}}""");
        var year = (await cluster.UntilAsync("the next time is known", now => now.Status?.Backup?.Schedule?.Next is not null))
            .Backup!.Schedule!.Next!.Value.Year - 1;
        await cluster.Operator.PatchStatusAsync(
            cluster.Name, """{"status":{"backup":{"schedule":{"handledUntil":"2020-01-01T00:00:00Z"}}}}""");
        await cluster.PatchAsync("""{"spec":{"promoteAllowDataLoss":true}}""");
        var name = string.Create(CultureInfo.InvariantCulture, $"{cluster.Name}-full-{year}0101t0000z");
        await cluster.UntilAsync($"{name} is made", now => now.Status?.Backup?.Schedule?.LastBackup == name);
        await BackupVolume.UntilAsync(cluster, name, $"{name} is completed", backup => backup.Phase == BackupPhases.Completed);
        return name;
    }
}
