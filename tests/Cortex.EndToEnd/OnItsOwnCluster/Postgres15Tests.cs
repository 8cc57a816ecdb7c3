using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The oldest PostgreSQL that is supported.</summary>
public sealed class Postgres15Tests(Stage stage) : OwnCluster(stage)
{
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task PostgreSQL_15_is_made_and_promoted_as_well()
    {
        await Podman.NeedImageAsync(Machine.Postgres15Image, "bookworm");
        await Place.Here.ReceiveImageAsync(Machine.Postgres15Image);
        await using var cluster = await Operator.CreateAsync($"image: {Machine.Postgres15Image}");
        var access = await cluster.AccessAsync();
        Assert.StartsWith("15.", await Psql.TextAsync(access.Dsn, "show server_version"), StringComparison.Ordinal);
        await RefuseToTryAsync(cluster, access);
        await PromotionTests.FillAsync(cluster, access);
        await using var watch = await WriterWatch.StartAsync(cluster);

        await cluster.Place.CrashAsync(cluster.Primary);
        await cluster.PromoteAtOnceAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);

        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await PromotionTests.DemandSucceededAsync(cluster, access);
    }

    /// <summary>Before 17 a superuser can set what the resource does not know of, and nothing is restarted for it.</summary>
    private static async Task RefuseToTryAsync(Cluster cluster, Access access)
    {
        var superuser = access.DsnOf(cluster.Primary, "user=postgres dbname=postgres");
        var started = await Psql.TextAsync(superuser, "select pg_postmaster_start_time()");
        await Psql.TextAsync(superuser, "alter system set shared_buffers = '1TB'");
        await Psql.TextAsync(superuser, "select pg_reload_conf()");
        // For a look now.
        await cluster.PatchAsync("""{"spec":{"promoteAllowDataLoss":true}}""");
        await cluster.NotReadyAsync(Reasons.SettingUntried, $"{cluster.Primary}: ALTER SYSTEM RESET shared_buffers");

        await Psql.TextAsync(superuser, "alter system reset shared_buffers");
        await Psql.TextAsync(superuser, "select pg_reload_conf()");
        await cluster.PatchAsync("""{"spec":{"promoteAllowDataLoss":false}}""");
        Assert.Equal(cluster.Primary, (await cluster.RestsAsync()).Primary);
        Assert.Equal(started, await Psql.TextAsync(superuser, "select pg_postmaster_start_time()"));
    }
}
