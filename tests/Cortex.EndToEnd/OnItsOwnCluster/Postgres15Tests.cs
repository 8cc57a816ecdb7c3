using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The oldest supported version of PostgreSQL.</summary>
public sealed class Postgres15Tests(SharedClusters shared) : OwnCluster(shared)
{
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task PostgreSQL_15_works()
    {
        await Podman.EnsureImageAsync(Machine.Postgres15Image, "bookworm");
        await TestTargets.Current.LoadImageAsync(Machine.Postgres15Image);
        await using var cluster = await Operator.CreateAsync($"image: {Machine.Postgres15Image}");
        var access = await cluster.AccessAsync();
        Assert.StartsWith("15.", await Psql.TextAsync(access.Dsn, "show server_version"), StringComparison.Ordinal);
        await AssertUntestedSettingIsReportedAsync(cluster, access);
        await PromotionTests.FillAsync(cluster, access);
        await using var watch = await WriterWatch.StartAsync(cluster);

        await cluster.Target.CrashAsync(cluster.Primary);
        await cluster.PromoteWithoutKubectlAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);

        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
        await PromotionTests.AssertSucceededAsync(cluster, access);
    }

    /// <summary>Debian's pgBackRest for it is older, too.</summary>
    [Fact]
    public async Task A_backup_of_PostgreSQL_15_is_proven_by_a_restore_test()
    {
        await using var volume = await BackupVolume.MakeAsync(Machine.Postgres15Image, "bookworm");
        await using var cluster = await Operator.CreateAsync($"{volume.Spec}\ninstances: 1");
        await Archive.IsAsync(cluster, "True");
        await Psql.TextAsync((await cluster.AccessAsync()).Dsn, "create table kept (number int primary key); insert into kept values (1)");
        var backup = await BackupVolume.BackUpAsync(cluster, $"{cluster.Name}-first");

        var tested = await Operator.CommandAsync("", "verify-backup", cluster.Name);

        Assert.True(tested.Succeeded, tested.Said);
        Assert.Contains($"{backup.Label} was restored, started and checked", tested.Said, StringComparison.Ordinal);
    }

    /// <summary>
    /// Before version 17, a superuser can set parameters that the resource does not contain; no instance is restarted for them.
    /// </summary>
    private static async Task AssertUntestedSettingIsReportedAsync(Cluster cluster, Access access)
    {
        var superuser = access.DsnOf(cluster.Primary, "user=postgres dbname=postgres");
        var started = await Psql.TextAsync(superuser, "select pg_postmaster_start_time()");
        await Psql.TextAsync(superuser, "alter system set shared_buffers = '1TB'");
        await Psql.TextAsync(superuser, "select pg_reload_conf()");
        // An edit, so that the operator observes the cluster now.
        await cluster.PatchAsync("""{"spec":{"promoteAllowDataLoss":true}}""");
        await cluster.NotReadyAsync(Reasons.SettingUntried, $"{cluster.Primary}: ALTER SYSTEM RESET shared_buffers");

        await Psql.TextAsync(superuser, "alter system reset shared_buffers");
        await Psql.TextAsync(superuser, "select pg_reload_conf()");
        await cluster.PatchAsync("""{"spec":{"promoteAllowDataLoss":false}}""");
        Assert.Equal(cluster.Primary, (await cluster.SteadyAsync()).Primary);
        Assert.Equal(started, await Psql.TextAsync(superuser, "select pg_postmaster_start_time()"));
    }
}
