using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Instances are added, promoted, and removed.</summary>
public sealed class ScaleTests(SharedClusters shared) : BorrowedPair(shared)
{
    [Fact, Trait("Story", "EveryTarget")]
    public async Task Instances_are_added_and_removed_with_their_slots_and_the_primary_is_never_removed()
    {
        var (cluster, access) = (Cluster, Access);
        (await cluster.Operator.Kubectl.RunAsync("scale", "cx", cluster.Name, "--replicas=3")).Text();
        await cluster.ReadyAsync();
        await SlotsAsync(cluster, access, cluster.Standby, $"{cluster.Name}-s2");

        await cluster.PromoteAsync($"{cluster.Name}-s2");
        await cluster.PromotedAsync($"{cluster.Name}-s2");
        await cluster.PatchAsync("""{"spec":{"instances":2}}""");
        await cluster.UntilAsync(
            "the scale down is refused", now => Cluster.Condition(now.Status, ConditionTypes.Ready) is { Reason: Reasons.InvalidSpec });

        await cluster.PromoteAsync(cluster.Primary);
        await cluster.PromotedAsync(cluster.Primary);
        await cluster.ReadyAsync();
        await SlotsAsync(cluster, access, cluster.Standby);
        // A one-shot that removes data may still run for a moment.
        await Eventually.HoldsAsync(
            "only the pods of both instances exist",
            async () => (await cluster.Target.NamesAsync("pod", cluster.Name)).ToHashSet().SetEquals([cluster.Primary, cluster.Standby]),
            cluster.DescribeAsync);
        Assert.DoesNotContain($"{cluster.Name}-s2-data", await cluster.Target.NamesAsync("volume", cluster.Name));
    }

    private static Task SlotsAsync(Cluster cluster, Access access, params string[] standbys) => Eventually.HoldsAsync(
        $"the primary has a slot for {string.Join(" and ", standbys)} only, in use",
        async () =>
            await RejoinTests.SuperAsync(
                access,
                cluster.Primary,
                "select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots where active or not active")
            == string.Join(' ', standbys.Select(standby => standby.Replace('-', '_'))),
        cluster.DescribeAsync);
}
