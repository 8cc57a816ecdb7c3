using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A backup is completed, whatever happens to its server in the middle.</summary>
public sealed class InterruptedBackupTests(SharedClusters shared) : OwnCluster(shared)
{
    [Fact]
    public async Task A_backup_is_completed_after_a_crash_of_its_server_and_after_a_promotion()
    {
        await using var volume = await BackupVolume.MakeAsync();
        await using var cluster = await Operator.CreateAsync(volume.Spec);
        await Archive.IsAsync(cluster, "True");

        var name = $"{cluster.Name}-crash";
        await HaltAsync(cluster, name);
        await cluster.Target.CrashAsync(cluster.Primary);
        await Podman.TextAsync("unpause", Names.Backup(cluster.Primary));
        var crashed = await BackupVolume.CompletedAsync(cluster, name);
        Assert.True(crashed is { Interruptions: > 0 } && crashed.Instance == cluster.Primary, $"{crashed}");

        name = $"{cluster.Name}-handed-over";
        await cluster.SteadyAsync();
        await HaltAsync(cluster, name);
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        var promoted = await BackupVolume.CompletedAsync(cluster, name);
        Assert.True(promoted is { Interruptions: null } && promoted.Instance == cluster.Standby, $"{promoted}");
        Assert.False((await Podman.RunAsync("container", "exists", Names.Backup(cluster.Primary))).Succeeded);
    }

    /// <summary>Begins a backup, and pauses its container when it has a session on the server.</summary>
    private static async Task HaltAsync(Cluster cluster, string name)
    {
        var access = await cluster.AccessAsync();
        var superuser = access.DsnOf(cluster.Primary, "user=postgres dbname=postgres");
        await BackupVolume.BeginAsync(cluster, name);
        await Eventually.HoldsAsync(
            "pgBackRest copies",
            async () => await Psql.TextAsync(
                superuser, "select count(*) > 0 from pg_stat_activity where application_name like 'pgBackRest%backup%'") == "t",
            cluster.DescribeAsync);
        await Podman.TextAsync("pause", Names.Backup(cluster.Primary));
    }
}
