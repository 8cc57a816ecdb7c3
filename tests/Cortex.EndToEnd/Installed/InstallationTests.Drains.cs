using Cortex.EndToEnd.Harness;
using k8s;

namespace Cortex.EndToEnd.Installed;

/// <summary>
/// Nodes are drained, as for an upgrade. If there is only one node, the pods of one instance are drained from it. The node accepts no new
/// pods meanwhile, so each of these tests runs alone.
/// </summary>
public sealed partial class InstallationTests
{
    [Fact(DisableParallelization = true)]
    public Task The_node_of_a_standby_is_drained_immediately_and_the_standby_is_recreated() => Pair.BorrowAsync(async pair =>
    {
        var node = await NodeOfAsync(pair.Standby);
        try
        {
            var drained = await DrainAsync(node, pair.Standby, "240s");
            Assert.True(drained.Succeeded, drained.Said);
            Assert.Equal("1", await Pair.SqlAsync(pair.Primary, "select 1"));
        }
        finally
        {
            await UncordonAsync(node);
        }

        await installed.ReadyAsync(pair.Name);
    });

    [Fact(DisableParallelization = true)]
    public Task The_node_of_the_primary_is_drained_only_after_a_promotion() => Pair.BorrowAsync(async pair =>
    {
        var node = await NodeOfAsync(pair.Primary);
        try
        {
            var refused = await DrainAsync(node, pair.Primary, "15s");
            Assert.False(refused.Succeeded, refused.Said);
            Assert.Contains("disruption budget", refused.Said, StringComparison.Ordinal);
            Assert.Equal("1", await Pair.SqlAsync(pair.Primary, "select 1"));

            await installed.PromoteAsync(pair.Name, pair.Standby);
            var promoted = await installed.UntilAsync(
                pair.Name, "the standby is promoted", now => now.Status is { Promotion: null } status && status.Primary == pair.Standby);
            Assert.Equal(0, promoted.LastPromotion!.LostBytes);

            var drained = await DrainAsync(node, pair.Primary, "240s");
            Assert.True(drained.Succeeded, drained.Said);
        }
        finally
        {
            await UncordonAsync(node);
        }

        await installed.ReadyAsync(pair.Name);
    });

    [Fact(DisableParallelization = true)]
    public Task Only_one_of_two_standbys_is_evicted_at_a_time_and_never_the_primary() => Pair.BorrowAsync(async pair =>
    {
        var third = $"{pair.Name}-s2";
        Assert.Contains(
            "scaled", await Kubectl.TextAsync("-n", installed.Shop, "scale", "cx", pair.Name, "--replicas=3"), StringComparison.Ordinal);
        await installed.ReadyAsync(pair.Name);
        await Eventually.HoldsAsync(
            "the budget allows the eviction of one standby", async () => await AllowedAsync(pair.Name) == "1", installed.DescribeAsync);
        Assert.Equal("0", await AllowedAsync($"{pair.Name}-primary"));

        var node = await NodeOfAsync(third);
        try
        {
            var drained = await DrainAsync(node, third, "240s");
            Assert.True(drained.Succeeded, drained.Said);
            var refused = await DrainAsync(node, pair.Standby, "15s");
            Assert.False(refused.Succeeded, refused.Said);
            Assert.Contains("disruption budget", refused.Said, StringComparison.Ordinal);
        }
        finally
        {
            await UncordonAsync(node);
        }

        Assert.Equal("3/3", (await installed.ReadyAsync(pair.Name)).Ready);
    });

    [Fact]
    public Task An_invalid_scale_is_refused_like_an_edit() => Pair.BorrowAsync(async pair =>
    {
        Assert.False((await Kubectl.RunAsync("-n", installed.Shop, "scale", "cx", pair.Name, "--replicas=10")).Succeeded);
        Assert.False((await Kubectl.RunAsync("-n", installed.Shop, "scale", "cx", pair.Name, "--replicas=0")).Succeeded);
        var scale = await Kubectl.TextAsync(
            "get", "--raw", $"/apis/cortex.bicameral.dev/v1alpha1/namespaces/{installed.Shop}/cortexclusters/{pair.Name}/scale");
        Assert.Contains("\"replicas\":2", scale, StringComparison.Ordinal);
        Assert.Contains($"cortex.bicameral.dev/cluster={pair.Name}", scale, StringComparison.Ordinal);
    });

    private async Task<string> NodeOfAsync(string instance) =>
        (await installed.Api.CoreV1.ReadNamespacedPodAsync(instance, installed.Shop, cancellationToken: Ct)).Spec.NodeName;

    private Task<ToolResult> DrainAsync(string node, string instance, string timeout) => Kubectl.RunAsync(
        "drain", node, $"--pod-selector=cortex.bicameral.dev/instance={instance}", "--ignore-daemonsets", "--delete-emptydir-data",
        $"--timeout={timeout}");

    private Task<ToolResult> UncordonAsync(string node) => Kubectl.RunAsync("uncordon", node);

    private Task<string> AllowedAsync(string budget) =>
        Kubectl.TextAsync("-n", installed.Shop, "get", "poddisruptionbudget", budget, "-o", "jsonpath={.status.disruptionsAllowed}");
}
