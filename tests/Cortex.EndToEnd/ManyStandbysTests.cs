using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>More than one standby: who follows whom, who may be promoted, who comes and who goes.</summary>
[Trait("Tier", "podman")]
public sealed class ManyStandbysTests(RunningOperator running) : IClassFixture<RunningOperator>
{
    [Fact, Trait("Story", "EveryTarget")]
    public async Task Another_standby_follows_the_new_primary_without_a_restart_and_any_chooses_the_most_advanced()
    {
        await using var cluster = await running.Operator.CreateAsync("instances: 3");
        var access = await cluster.AccessAsync();
        var other = $"{cluster.Name}-s2";
        var started = await RejoinTests.StartedAsync(access, other);
        await using var watch = await WriterWatch.StartAsync(cluster, cluster.Primary, cluster.Standby, other);

        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.ReadyAsync();
        Assert.Equal(started, await RejoinTests.StartedAsync(access, other));

        // Whoever is frozen has less than the other, and cannot be asked: any means the one that answers.
        await Place.Here.FreezeAsync(cluster.Primary);
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");
        await Place.Here.CrashAsync(cluster.Standby);
        await cluster.PromoteAsync("any");
        await cluster.PromotedAsync(other);
        await Place.Here.ThawAsync(cluster.Primary);
        await cluster.ReadyAsync();
        await Psql.TextAsync(access.Dsn, "insert into kept values (1)");
        await watch.DemandAsync(cluster.Primary, cluster.Standby, other);

        // The word is still there; the primary that dies now is restarted, not followed by another.
        var serving = await RejoinTests.StartedAsync(access, other);
        await Place.Here.CrashAsync(other);
        await Eventually.HoldsAsync(
            "it serves again",
            async () => await Psql.RunAsync(access.DsnOf(other), "select pg_postmaster_start_time()") is { Succeeded: true } now && now.Output.Trim() != serving,
            cluster.StoryAsync);
        Assert.Equal(other, (await cluster.ReadyAsync()).Primary);
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Instances_come_and_go_with_their_slots_and_the_primary_never_goes()
    {
        await using var cluster = await running.Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        await cluster.PatchAsync("""{"spec":{"instances":3}}""");
        await cluster.ReadyAsync();
        await SlotsAsync(cluster, access, cluster.Standby, $"{cluster.Name}-s2");

        await cluster.PromoteAsync($"{cluster.Name}-s2");
        await cluster.PromotedAsync($"{cluster.Name}-s2");
        await cluster.PatchAsync("""{"spec":{"instances":2}}""");
        await cluster.UntilAsync("the shrinking is refused", now => Cluster.Condition(now.Status, ConditionTypes.Ready) is { Reason: Reasons.InvalidSpec });

        await cluster.PromoteAsync(cluster.Primary);
        await cluster.PromotedAsync(cluster.Primary);
        await cluster.ReadyAsync();
        await SlotsAsync(cluster, access, cluster.Standby);
        // A task that tidies up may still be there for a moment.
        await Eventually.HoldsAsync(
            "the pods of both are all that is there",
            async () => (await Place.Here.NamesAsync("pod", cluster.Name)).Order(StringComparer.Ordinal).SequenceEqual([cluster.Primary, cluster.Standby]),
            cluster.StoryAsync);
        Assert.DoesNotContain($"{cluster.Name}-s2-data", await Place.Here.NamesAsync("volume", cluster.Name));
    }

    private static Task SlotsAsync(Cluster cluster, Access access, params string[] standbys) => Eventually.HoldsAsync(
        $"the primary has a slot for {string.Join(" and ", standbys)} only, in use",
        async () => await RejoinTests.SuperAsync(access, cluster.Primary, "select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots where active or not active")
            == string.Join(' ', standbys.Select(one => one.Replace('-', '_'))),
        cluster.StoryAsync);
}
