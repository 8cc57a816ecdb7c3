using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The oldest PostgreSQL that is supported.</summary>
public sealed class Postgres15Tests(Stage stage) : OwnCluster(stage)
{
    [Fact, Trait("Story", "EveryTarget")]
    public async Task PostgreSQL_15_is_made_and_promoted_as_well()
    {
        await Machine.NeedImageAsync(Machine.Postgres15Image, "bookworm");
        await Place.Here.ReceiveImageAsync(Machine.Postgres15Image);
        await using var cluster = await Operator.CreateAsync($"image: {Machine.Postgres15Image}");
        var access = await cluster.AccessAsync();
        Assert.StartsWith("15.", await Psql.TextAsync(access.Dsn, "show server_version"), StringComparison.Ordinal);
        await PromotionTests.FillAsync(cluster, access);
        await using var watch = await WriterWatch.StartAsync(cluster);

        await cluster.Place.CrashAsync(cluster.Primary);
        await cluster.PromoteAtOnceAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);

        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await PromotionTests.DemandSucceededAsync(cluster, access);
    }
}
