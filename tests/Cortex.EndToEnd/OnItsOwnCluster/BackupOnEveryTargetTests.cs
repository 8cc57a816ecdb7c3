using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The same resource archives, backs up, proves and restores on Podman and on Kubernetes.</summary>
[Trait("Tier", "podman")]
[Trait("Story", "EveryTarget")]
[Trait("Story", "EveryPodman")]
public sealed class BackupOnEveryTargetTests
{
    private const string AllRows = "select number from appended order by number";

    [Fact]
    public async Task A_backup_is_proven_and_restored_into_a_new_pair_and_a_damaged_file_in_it_is_found()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var source = await cortex.CreateAsync($"{volume.Spec}\ninstances: 1");
        var backup = await WriteAroundABackupAsync(source);
        var folder = (await source.StatusAsync()).Backup!.Folder!;

        await AskForATestAsync(source, "first");
        var sound = await VerifiedAsync(source, "True", backup.Label!);
        Assert.Equal((VerificationVerdicts.Succeeded, 0L), (sound.Verdict, sound.MissingTransactions));
        Assert.True(sound.CheckedIndexes > 100, $"{sound}");
        await Eventually.HoldsAsync(
            "nothing of the restore test is left",
            async () => !(await source.Target.RemainingObjectsAsync(source.Name))
                .Any(left => left.Contains(Names.Verification(source.Name), StringComparison.Ordinal)),
            source.DescribeAsync);

        await using var target = cortex.NewCluster();
        await target.ApplyAsync($"{volume.Spec}\nbootstrap: {{fromBackup: {{cluster: {source.Name}}}}}");
        var restored = await target.ReadyAsync();
        Assert.Equal((RestorePhases.Completed, folder), (restored.Restore?.Phase, restored.Restore?.Folder));
        var access = await target.AccessAsync();
        foreach (var instance in new[] { target.Primary, target.Standby })
        {
            Assert.Equal("1\n2", await Psql.TextAsync(access.DsnOf(instance), AllRows));
        }

        await target.UntilAsync("the new cluster archives its WAL", now => Cluster.Is(now.Status, ConditionTypes.Archiving, "True"));
        await BackupVolume.DamageAsync(source, $"{folder}/backup/cortex/{backup.Label}/bundle/1");
        await AskForATestAsync(source, "second");
        var damaged = await VerifiedAsync(source, "False", backup.Label!);
        Assert.Equal(VerificationVerdicts.Failed, damaged.Verdict);
    }

    /// <summary>A row before a full backup, and one after it; all of it is archived.</summary>
    private static async Task<CortexBackupStatus> WriteAroundABackupAsync(Cluster source)
    {
        await source.UntilAsync("WAL is archived", now => Cluster.Is(now.Status, ConditionTypes.Archiving, "True"));
        var access = await source.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key); insert into appended values (1)");
        var backup = await BackupVolume.BackUpAsync(source, $"{source.Name}-first");
        await Psql.TextAsync(access.Dsn, "insert into appended values (2)");
        var superuser = access.DsnOf(source.Primary, "user=postgres dbname=postgres");
        var segment = (await Psql.TextAsync(superuser, "select pg_walfile_name(pg_switch_wal())")).Trim();
        await source.UntilAsync(
            $"{segment} is archived",
            now => string.Compare(now.Status?.Backup?.Archive?.LastArchived, segment, StringComparison.Ordinal) >= 0
                && now.Status?.Backup is { LatestRecoverable: not null, LastBackup: not null });
        return backup;
    }

    private static Task<string> AskForATestAsync(Cluster cluster, string request) =>
        cluster.Operator.Kubectl.TextAsync("annotate", "--overwrite", "cx", cluster.Name, $"{Annotations.VerifyBackup}={request}");

    private static async Task<VerificationReceipt> VerifiedAsync(Cluster cluster, string status, string label)
    {
        var now = await cluster.UntilAsync(
            $"BackupVerified is {status} for {label}",
            now => Cluster.Condition(now.Status, ConditionTypes.BackupVerified) is { } found && found.Status == status
                && found.Message.Contains(label, StringComparison.Ordinal));
        return now.Backup!.LastVerification!;
    }
}
