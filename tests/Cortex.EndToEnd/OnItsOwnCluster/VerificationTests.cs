using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A backup is proven by restoring it, and one that cannot be restored is found before it is needed.</summary>
[Trait("Tier", "podman")]
public sealed class VerificationTests
{
    [Fact]
    public async Task The_newest_backup_is_restored_and_checked_and_a_damaged_file_or_a_deleted_backup_is_found()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = await cortex.CreateAsync($"{volume.Spec}\ninstances: 1");
        await cluster.UntilAsync("WAL is archived", now => Cluster.Is(now.Status, ConditionTypes.Archiving, "True"));
        await Psql.TextAsync((await cluster.AccessAsync()).Dsn, "create table kept (number int primary key); insert into kept values (1)");
        var first = await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");
        await Psql.TextAsync((await cluster.AccessAsync()).Dsn, "insert into kept values (2)");

        var scratch = await BeginAsync(cluster);
        var sound = await VerifiedAsync(cluster, "True", Reasons.Verified, first.Label!);
        Assert.Equal((VerificationVerdicts.Succeeded, null), (sound.Verdict, sound.Message));
        Assert.True(sound.CheckedIndexes > 100 && sound.RecoveredUntil >= first.StartedAt, $"{sound}");
        Assert.NotNull(sound.MissingTransactions);
        await RemovedAsync(cluster, scratch);

        await BackupVolume.DamageAsync(cluster, $"{(await cluster.StatusAsync()).Backup!.Folder}/backup/cortex/{first.Label}/bundle/1");
        await cortex.Kubectl.TextAsync("annotate", "cx", cluster.Name, $"{Annotations.VerifyBackup}=again");
        var damaged = await VerifiedAsync(cluster, "False", Reasons.VerificationFailed, first.Label!);
        // What the inverted byte is a part of is not the same in every backup: of compressed content, or of the frame around it.
        Assert.Matches(@"error restoring '/var/lib/cortex/pgdata\.new/|zst error", damaged.Message);
        await Eventually.HoldsAsync(
            "the event is recorded",
            async () => (await cluster.EventsAsync()).Contains(Reasons.VerificationFailed),
            cluster.DescribeAsync);

        var second = await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-second");
        var command = await cortex.CommandAsync("", "verify-backup", cluster.Name);
        Assert.True(command.Succeeded, command.Said);
        await VerifiedAsync(cluster, "True", Reasons.Verified, second.Label!);
        Assert.Contains(second.Label!, command.Said, StringComparison.Ordinal);

        var folder = $"{(await cluster.StatusAsync()).Backup!.Folder}/backup/cortex/{second.Label}";
        (await cluster.Target.ExecAsync(cluster.Primary, "rm", "-r", folder)).Text();
        await cortex.Kubectl.TextAsync("annotate", "--overwrite", "cx", cluster.Name, $"{Annotations.VerifyBackup}=deleted");
        var deleted = await VerifiedAsync(cluster, "False", Reasons.VerificationFailed, second.Label!);
        Assert.Contains("missing", deleted.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// A time that was missed is caught up; the operator is killed during the test, and the next one finds the same container.
    /// </summary>
    /// <returns>The volume that the backup is restored into.</returns>
    private static async Task<string> BeginAsync(Cluster cluster)
    {
        var (cortex, container) = (cluster.Operator, Names.Verification(cluster.Name));
        await cluster.PatchAsync("""{"spec":{"backup":{"verify":{"schedule":"@yearly"}}}}""");
        await cluster.UntilAsync("the next time is known", now => now.Status?.Backup?.Verification?.Next is not null);
        await cortex.PatchStatusAsync(
            cluster.Name, """{"status":{"backup":{"verification":{"handledUntil":"2020-01-01T00:00:00Z"}}}}""");
        await cluster.PatchAsync("""{"spec":{"promoteAllowDataLoss":true}}""");
        await Eventually.HoldsAsync(
            "the restore test is paused", async () => (await Podman.RunAsync("pause", container)).Succeeded, cluster.DescribeAsync);
        const string format = "{{.Id}} {{.HostConfig.NetworkMode}}{{range .Mounts}} {{.Destination}}={{.Name}}={{.RW}}{{end}}";
        var seen = await Podman.TextAsync("inspect", "--format", format, container);
        cortex.Kill();
        await cortex.WaitForExitAsync();
        await cortex.StartAgainAsync();
        await cluster.UntilAsync("the status shows the test", now => now.Status?.Backup?.Verification?.StartedAt is not null);
        Assert.Equal(seen, await Podman.TextAsync("inspect", "--format", format, container));
        await Podman.TextAsync("unpause", container);

        var words = seen.Trim().Split(' ');
        var mounts = words[2..].Select(name => name.Split('=')).ToDictionary(item => item[0], item => (Name: item[1], Writable: item[2]));
        Assert.Equal("none", words[1]);
        Assert.Equal("false", mounts[Paths.Repository].Writable);
        Assert.Equal([Paths.Volume, Paths.Repository], mounts.Keys.Order(StringComparer.Ordinal));
        Assert.NotEqual(Names.Volume(cluster.Primary), mounts[Paths.Volume].Name);
        return mounts[Paths.Volume].Name;
    }

    private static async Task<VerificationReceipt> VerifiedAsync(Cluster cluster, string status, string reason, string label)
    {
        var now = await cluster.UntilAsync(
            $"BackupVerified is {status} for {label}",
            now => Cluster.Condition(now.Status, ConditionTypes.BackupVerified) is { } found && found.Status == status
                && found.Reason == reason && found.Message.Contains(label, StringComparison.Ordinal));
        return now.Backup!.LastVerification!;
    }

    private static Task RemovedAsync(Cluster cluster, string scratch) => Eventually.HoldsAsync(
        "the container and its volume are removed",
        async () => !(await Podman.RunAsync("container", "exists", Names.Verification(cluster.Name))).Succeeded
            && !(await Podman.RunAsync("volume", "exists", scratch)).Succeeded,
        cluster.DescribeAsync);
}
