using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Instances come, lead, and go.</summary>
public sealed class ScaleTests(Stage stage) : BorrowedPair(stage)
{
    [Fact, Trait("Story", "EveryTarget")]
    public async Task Instances_come_and_go_with_their_slots_and_the_primary_never_goes()
    {
        var (cluster, access) = (Cluster, Access);
        (await cluster.Operator.Kubectl.RunAsync("scale", "cx", cluster.Name, "--replicas=3")).Text();
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
            async () => (await cluster.Place.NamesAsync("pod", cluster.Name)).ToHashSet().SetEquals([cluster.Primary, cluster.Standby]),
            cluster.StoryAsync);
        Assert.DoesNotContain($"{cluster.Name}-s2-data", await cluster.Place.NamesAsync("volume", cluster.Name));
    }

    private static Task SlotsAsync(Cluster cluster, Access access, params string[] standbys) => Eventually.HoldsAsync(
        $"the primary has a slot for {string.Join(" and ", standbys)} only, in use",
        async () => await RejoinTests.SuperAsync(access, cluster.Primary, "select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots where active or not active")
            == string.Join(' ', standbys.Select(one => one.Replace('-', '_'))),
        cluster.StoryAsync);
}
