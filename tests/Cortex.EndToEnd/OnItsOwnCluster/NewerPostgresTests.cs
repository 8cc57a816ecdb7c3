using Cortex.Core.Api;
using Cortex.Core.Postgres;
using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The versions that are newer than the image's usual one, from the suites of Debian that have them.</summary>
public sealed class NewerPostgresTests(Stage stage) : OwnCluster(stage)
{
    private const int Usual = 17;

    public static TheoryData<int> Newer => [.. Enumerable.Range(Usual + 1, SupportedVersions.Newest - Usual)];

    [Theory, MemberData(nameof(Newer)), Trait("Level", "deep")]
    public async Task A_newer_PostgreSQL_is_made_edited_switched_over_and_promoted_as_well(int major)
    {
        var image = $"localhost/anvil-alloydb-core:{major}";
        await Podman.NeedImageAsync(image, major == Usual + 1 ? "sid" : "experimental");
        await using var cluster = await Operator.CreateAsync($"image: {image}");
        var access = await cluster.AccessAsync();
        Assert.StartsWith($"{major}", await Psql.TextAsync(access.Dsn, "show server_version"), StringComparison.Ordinal);
        await EditAsync(cluster, access);
        await PromotionTests.FillAsync(cluster, access);
        await using var watch = await WriterWatch.StartAsync(cluster);

        await cluster.PromoteAsync(cluster.Standby);
        var receipt = (await cluster.PromotedAsync(cluster.Standby)).LastPromotion!;
        Assert.Equal((PromotionKind.Switchover, 0L), (receipt.Kind, receipt.LostBytes));
        await cluster.ReadyAsync();

        await cluster.Place.CrashAsync(cluster.Standby);
        await cluster.PromoteAtOnceAsync(cluster.Primary);
        Assert.Equal(PromotionKind.Failover, (await cluster.PromotedAsync(cluster.Primary)).LastPromotion!.Kind);
        await cluster.ReadyAsync();

        await watch.DemandAsync(cluster.Primary, cluster.Standby, cluster.Primary);
        Assert.Equal("1000", await Psql.TextAsync(access.DsnOf(cluster.Standby), "select count(*) from kept where pg_is_in_recovery()"));
    }

    /// <summary>Its own server judges an edit, down to what only a session loads; how it is asked and what it answers are of its version.</summary>
    private static async Task EditAsync(Cluster cluster, Access access)
    {
        await RolloutTests.SetAsync(cluster, "session_preload_libraries", "nowhere");
        await cluster.NotReadyAsync(
            Reasons.ConfigurationRefused, "spec.postgres.parameters.session_preload_libraries: \"nowhere\": PostgreSQL says: could not access file \"nowhere\"");

        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"session_preload_libraries":null,"work_mem":"9MB"}}}}""");
        await cluster.RestsAsync();
        await RolloutTests.ShowsAsync(cluster, access, "work_mem", "9MB");
    }
}
