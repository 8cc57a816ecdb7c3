using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>More than one standby: who follows whom, who may be promoted, who comes and who goes.</summary>
public sealed class ManyStandbysTests(Stage stage) : OwnCluster(stage)
{
    [Fact, Trait("Story", "EveryTarget")]
    public async Task Another_standby_follows_the_new_primary_without_a_restart_and_any_chooses_the_most_advanced()
    {
        await using var cluster = await Operator.CreateAsync("instances: 3");
        var access = await cluster.AccessAsync();
        var other = $"{cluster.Name}-s2";
        var started = await RejoinTests.StartedAsync(access, other);
        await using var watch = await WriterWatch.StartAsync(cluster, cluster.Primary, cluster.Standby, other);

        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.ReadyAsync();
        Assert.Equal(started, await RejoinTests.StartedAsync(access, other));

        // Whoever is frozen has less than the other, and cannot be asked: any means the one that answers.
        await cluster.Place.FreezeAsync(cluster.Primary);
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");
        // Commits wait for no standby here, so what a primary that crashes had not sent yet would be lost.
        await Eventually.HoldsAsync("the other standby has the table", async () => (await Psql.RunAsync(access.DsnOf(other), "select from kept")).Succeeded, cluster.StoryAsync);
        // One that crashed may be back before the word is heard, and then it is the one that any means.
        await cluster.Place.HangAsync(cluster.Standby);
        await cluster.PromoteAsync("any");
        await cluster.PromotedAsync(other);
        await cluster.Place.ThawAsync(cluster.Primary);
        await cluster.ReadyAsync();
        await Psql.TextAsync(access.Dsn, "insert into kept values (1)");
        await watch.DemandAsync(cluster.Primary, cluster.Standby, other);

        // The word is still there; the primary that dies now is restarted, not followed by another.
        var serving = await RejoinTests.StartedAsync(access, other);
        await cluster.Place.CrashAsync(other);
        await Eventually.HoldsAsync(
            "it serves again",
            async () => await Psql.RunAsync(access.DsnOf(other), "select pg_postmaster_start_time()") is { Succeeded: true } now && now.Output.Trim() != serving,
            cluster.StoryAsync);
        Assert.Equal(other, (await cluster.ReadyAsync()).Primary);
    }
}
