using Cortex.Core.Api;
using Cortex.Core.Postgres;
using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Versions that are newer than the default version of the image, from Debian's suites that have them.</summary>
public sealed class NewerPostgresTests(SharedClusters shared) : OwnCluster(shared)
{
    private const int Default = 17;

    public static TheoryData<int> Newer => [.. Enumerable.Range(Default + 1, SupportedVersions.Newest - Default)];

    [Theory, MemberData(nameof(Newer)), Trait("Level", "deep")]
    public async Task Newer_versions_of_PostgreSQL_work(int major)
    {
        var image = $"localhost/anvil-alloydb-core:{major}";
        await Podman.EnsureImageAsync(image, major == Default + 1 ? "sid" : "experimental");
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

        await cluster.Target.CrashAsync(cluster.Standby);
        await cluster.PromoteWithoutKubectlAsync(cluster.Primary);
        Assert.Equal(PromotionKind.Failover, (await cluster.PromotedAsync(cluster.Primary)).LastPromotion!.Kind);
        await cluster.ReadyAsync();

        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby, cluster.Primary);
        Assert.Equal("1000", await Psql.TextAsync(access.DsnOf(cluster.Standby), "select count(*) from kept where pg_is_in_recovery()"));
    }

    /// <summary>
    /// A server of this version checks an edit, including settings that only a session loads. The question and the answer depend on the
    /// version.
    /// </summary>
    private static async Task EditAsync(Cluster cluster, Access access)
    {
        await RolloutTests.SetAsync(cluster, "session_preload_libraries", "nowhere");
        await cluster.NotReadyAsync(
            Reasons.ConfigurationRefused,
            "spec.postgres.parameters.session_preload_libraries: \"nowhere\": PostgreSQL says: could not access file \"nowhere\"");

        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"session_preload_libraries":null,"work_mem":"9MB"}}}}""");
        await cluster.SteadyAsync();
        await RolloutTests.ShowsAsync(cluster, access, "work_mem", "9MB");
    }
}
