using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Engine.Backup;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What every target promises about the containers of backups and of restore tests.</summary>
public abstract class BackupContract : JobContract
{
    private const string Uid = "0f6c1f0e-5a0c-4a3e-9a57-6d2f3f8f1b11";

    private static readonly VerificationOrder Order = new()
    {
        StartedAt = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero),
        Backup = "20260131-100000F",
        StoppedAt = new DateTimeOffset(2026, 1, 31, 10, 1, 0, TimeSpan.Zero),
        Needs = 1 << 20,
        Request = "a value that no label can have, by its length and its characters: \"/\" and blanks",
    };

    private IBackupJobs Backups => (IBackupJobs)Target;

    private IVerificationJobs Verifications => (IVerificationJobs)Target;

    [Fact]
    public async Task A_backup_is_made_beside_the_running_server_and_is_recognized_by_the_uid_of_its_resource()
    {
        await StartListeningAsync(Server);
        var work = Work("sleep 600") with { Name = Names.Backup(Primary), Instance = Primary, User = Account };
        await Backups.StartBackupAsync(work, Uid, Ct);
        var runs = Assert.IsType<BackupJobSeen>(await Backups.SeeBackupAsync(Cluster, Primary, Ct));
        Assert.Equal((Uid, null), (runs.Uid, runs.ExitCode));

        await Backups.StartBackupAsync(work with { Script = $"cd {Paths.Volume} && echo made; exit 3" }, Uid, Ct);

        var ended = await EndedAsync(() => Backups.SeeBackupAsync(Cluster, Primary, Ct), seen => seen.ExitCode);
        Assert.Equal((Uid, 3, "made"), (ended.Uid, ended.ExitCode, ended.Output.Trim()));
        var seen = await Target.ListAsync(Cluster, Ct);
        Assert.Equal(Primary, Assert.Single(seen.Pods).Instance);
        Assert.Empty(seen.Jobs);
        for (var round = 0; round < 2; round++)
        {
            await Backups.EndBackupAsync(Cluster, Primary, Ct);
            Assert.Null(await Backups.SeeBackupAsync(Cluster, Primary, Ct));
        }
    }

    [Fact]
    public async Task A_restore_test_has_a_volume_of_its_own_and_says_what_it_was_started_with()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        var work = Work("sleep 600") with { Name = Names.Verification(Cluster.Name), User = Account };
        await Verifications.StartVerificationAsync(work, Order, Ct);
        var runs = Assert.IsType<VerificationJobSeen>(await Verifications.SeeVerificationAsync(Cluster, Ct));
        Assert.Equal((Order, null), (runs.Order, runs.ExitCode));
        Assert.True(await Verifications.IsAnotherVerifiedAsync(new ClusterKey(Cluster.Namespace, "another"), Ct));

        await Verifications.StartVerificationAsync(
            work with { Script = $"grep -c ' {Paths.Volume} ' /proc/mounts; exit 7" }, Order, Ct);

        var ended = await EndedAsync(() => Verifications.SeeVerificationAsync(Cluster, Ct), seen => seen.ExitCode);
        Assert.Equal((Order, 7, "1"), (ended.Order, ended.ExitCode, ended.Output.Trim()));
        Assert.Empty((await Target.ListAsync(Cluster, Ct)).Volumes);
        for (var round = 0; round < 2; round++)
        {
            await Verifications.EndVerificationAsync(Cluster, Ct);
            Assert.Null(await Verifications.SeeVerificationAsync(Cluster, Ct));
        }
    }

    private static async Task<T> EndedAsync<T>(Func<Task<T?>> look, Func<T, int?> exitCode)
        where T : class
    {
        T? ended = null;
        await Eventually.HoldsAsync(
            "the container has ended",
            async () => (ended = await look()) is not null && exitCode(ended) is not null);
        return ended!;
    }
}
