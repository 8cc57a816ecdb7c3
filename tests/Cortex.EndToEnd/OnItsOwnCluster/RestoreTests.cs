using System.Globalization;
using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Restoring;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A restore makes a new cluster, and leaves the one that was backed up as it is.</summary>
[Trait("Tier", "podman")]
public sealed class RestoreTests
{
    private const string AllRows = "select number from appended order by number";

    [Fact]
    public async Task A_moment_is_restored_into_a_new_pair_after_a_corrected_request_and_a_kill_of_the_operator()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var source = await cortex.CreateAsync($"{volume.Spec}\ninstances: 1");
        var moment = await WriteAroundAMomentAsync(source);
        var folder = (await source.StatusAsync()).Backup!.Folder!;
        var before = await volume.TimelinesAsync(folder);
        await using var target = cortex.NewCluster();

        // A moment before the first backup: refused with both moments, and nothing is made.
        var refused = await cortex.CommandAsync(
            "", "restore", source.Name, "--to", target.Name, "--time", "2020-01-01T00:00:00Z", "--yes");
        Assert.False(refused.Succeeded, refused.Said);
        var first = (await source.StatusAsync()).Backup!.FirstRecoverable!.Value.AddSeconds(1);
        var moments = $"the first moment that can be restored is {RestoreRequest.Text(first)}, the last is ";
        Assert.Contains(moments, refused.Said, StringComparison.Ordinal);
        await target.NotReadyAsync(Reasons.RestoreRefused);
        Assert.Contains(Reasons.RestoreRefused, await target.EventsAsync());
        Assert.Empty(await cortex.Target.NamesAsync("volume", target.Name));

        // Edited, it begins; its job is paused, so that the operator ends in the middle of it.
        await target.PatchAsync(Edit(target, moment));
        var job = Names.OneShot(target.Primary);
        await Eventually.HoldsAsync(
            "the restore is paused", async () => (await Podman.RunAsync("pause", job)).Succeeded, target.DescribeAsync);
        var id = await Podman.TextAsync("inspect", "--format", "{{.Id}}", job);
        cortex.Kill();
        await cortex.WaitForExitAsync();
        await cortex.StartAgainAsync();
        await target.UntilAsync(
            "the status shows the restore",
            now => now.Status?.Instances.Any(one => one.Name == target.Primary && one.State == InstanceStates.Restoring) == true);
        Assert.Equal(id, await Podman.TextAsync("inspect", "--format", "{{.Id}}", job));
        await Podman.TextAsync("unpause", job);
        var status = await target.ReadyAsync();

        Assert.Equal((RestorePhases.Completed, folder), (status.Restore?.Phase, status.Restore?.Folder));
        await AssertRestoredAsync(source, target, status);
        await AssertArchivesAsync(target);
        Assert.Equal("1\n2", await Psql.TextAsync((await source.AccessAsync()).Dsn, AllRows));
        Assert.Equal(before, await volume.TimelinesAsync(folder));
        var edit = await cortex.Kubectl.PatchAsync(target.Name, """{"spec":{"bootstrap":null}}""");
        Assert.Contains("what a cluster was made from cannot be changed", edit.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_backups_of_a_deleted_cluster_are_restored_and_neither_a_damaged_segment_nor_a_later_target_ends_in_less()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cortex = await OperatorUnderTest.StartAsync();
        var source = await cortex.CreateAsync($"{volume.Spec}\ninstances: 1");
        await WriteAroundAMomentAsync(source);
        var status = await source.StatusAsync();
        var folder = status.Backup!.Folder!;
        await source.DisposeAsync();
        await using var target = cortex.NewCluster(source.Name);
        var from = $"repository: {{directory: {{volume: {volume.Name}}}}}, folder: {folder}";
        await volume.DamageArchiveAsync(folder, damaged: true);
        await target.ApplyAsync($"{volume.Spec}\ninstances: 1\nbootstrap: {{fromBackup: {{{from}}}}}");

        await target.NotReadyAsync(Reasons.RestoreFailed, "of the repository is damaged");
        await volume.DamageArchiveAsync(folder, damaged: false);
        await target.PatchAsync("""{"spec":{"bootstrap":{"fromBackup":{"target":{"lsn":"FFFF/0"}}}}}""");
        await target.UntilAsync(
            "the edited target was tried",
            now => Cluster.Condition(now.Status, ConditionTypes.Ready)?.Message.Contains("damaged", StringComparison.Ordinal) == false
                && Cluster.Condition(now.Status, ConditionTypes.Ready) is { Reason: Reasons.RestoreFailed });
        await target.NotReadyAsync(
            Reasons.RestoreFailed, "was not reached", "the last commit that was found is of", "the first moment that can be restored is");
        await target.PatchAsync("""{"spec":{"bootstrap":{"fromBackup":{"target":{"lsn":null}}}}}""");

        await target.ReadyAsync();
        Assert.Equal("1\n2", await Psql.TextAsync((await target.AccessAsync()).Dsn, AllRows));
        await Archive.IsAsync(target, "True");
        Assert.Equal([folder[(Paths.Repository.Length + 1)..]], (await target.StatusAsync()).Backup!.EarlierFolders);
    }

    /// <summary>Two rows, and a moment between them; all of it is archived.</summary>
    private static async Task<DateTimeOffset> WriteAroundAMomentAsync(Cluster source)
    {
        await source.UntilAsync("WAL is archived", now => Cluster.Is(now.Status, ConditionTypes.Archiving, "True"));
        var access = await source.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int)");
        await BackupVolume.BackUpAsync(source, $"{source.Name}-first");
        // A moment is before a backup's end unless it is a second later.
        await Psql.TextAsync(access.Dsn, "select pg_sleep(1.1); insert into appended values (1)");
        var moment = await Psql.TextAsync(
            access.Dsn, "select pg_sleep(0.1); select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
        await Psql.TextAsync(access.Dsn, "select pg_sleep(0.1); insert into appended values (2)");
        var superuser = access.DsnOf(source.Primary, "user=postgres dbname=postgres");
        var segment = (await Psql.TextAsync(superuser, "select pg_walfile_name(pg_switch_wal())")).Trim();
        await source.UntilAsync(
            $"{segment} is archived",
            now => string.Compare(now.Status?.Backup?.Archive?.LastArchived, segment, StringComparison.Ordinal) >= 0
                && now.Status?.Backup is { LatestRecoverable: not null, LastBackup: not null });
        return DateTimeOffset.Parse(moment.Trim(), CultureInfo.InvariantCulture);
    }

    private static string Edit(Cluster target, DateTimeOffset moment) => JsonSerializer.Serialize(new
    {
        spec = new
        {
            instances = 2,
            podman = new { basePort = target.BasePort },
            bootstrap = new { fromBackup = new { target = new { time = RestoreRequest.Text(moment) } } },
        },
    });

    /// <summary>The rows of the moment on both instances, on a timeline of its own, with an authority and passwords of its own.</summary>
    private static async Task AssertRestoredAsync(Cluster source, Cluster target, ClusterStatus status)
    {
        var (access, other) = (await target.AccessAsync(), await source.AccessAsync());
        foreach (var instance in new[] { target.Primary, target.Standby })
        {
            Assert.Equal("1", await Psql.TextAsync(access.DsnOf(instance), AllRows));
        }

        Assert.Equal(((await source.StatusAsync()).Timeline + 1, target.Primary), (status.Timeline, status.Primary));
        Assert.NotEqual(await File.ReadAllTextAsync(other.Authority, Ct), await File.ReadAllTextAsync(access.Authority, Ct));
        foreach (var user in new[] { "app", "postgres" })
        {
            var intruder = await Psql.RunAsync(
                access.DsnOf(target.Primary, $"user={user} dbname=postgres passfile={other.PasswordFile}"), "select 1");
            Assert.Contains("password authentication failed", intruder.Errors, StringComparison.Ordinal);
        }
    }

    private static async Task AssertArchivesAsync(Cluster target)
    {
        await target.UntilAsync("the new cluster archives its WAL", now => Cluster.Is(now.Status, ConditionTypes.Archiving, "True"));
        await BackupVolume.BackUpAsync(target, $"{target.Name}-first");
        var status = await target.UntilAsync("its backup is reported", now => now.Status?.Backup?.LastBackup is not null);
        Assert.Contains($"/{target.Name}/", status.Backup!.Folder, StringComparison.Ordinal);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}
