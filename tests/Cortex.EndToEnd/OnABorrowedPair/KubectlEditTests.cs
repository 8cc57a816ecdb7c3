using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Edits by kubectl change the cluster, and without an edit nothing is written.</summary>
public sealed class KubectlEditTests(SharedClusters shared) : BorrowedPair(shared)
{
    private Kubectl Kubectl => Operator.Kubectl;

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Applying_a_changed_file_changes_the_resource(string program)
    {
        var kubectl = Kubectl.With(program);
        (await kubectl.ApplyAsync(Cluster.Yaml("postgres:\n  parameters: {work_mem: 6MB}"))).Text();
        await Eventually.HoldsAsync(
            "the setting is loaded",
            async () => (await Psql.RunAsync(Access.Dsn, "show work_mem")).Output.Trim() == "6MB",
            Cluster.DescribeAsync);
        Assert.Contains("configured", (await kubectl.ApplyAsync(Cluster.Yaml())).Text(), StringComparison.Ordinal);
        await Eventually.HoldsAsync(
            "it is reverted", async () => (await Psql.RunAsync(Access.Dsn, "show work_mem")).Output.Trim() == "4MB", Cluster.DescribeAsync);
        await Cluster.ReadyAsync();
        Assert.Contains("unchanged", (await kubectl.ApplyAsync(Cluster.Yaml())).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_converged_cluster_gets_no_writes()
    {
        var before = "";
        await Eventually.HoldsAsync(
            "the resource does not change",
            async () =>
            {
                before = await VersionAsync();
                await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
                return before == await VersionAsync();
            },
            Cluster.DescribeAsync);
        var watched = await Tool.RunAsync(
            "timeout", ["22", "kubectl", "get", "cx", Cluster.Name, "--watch-only", "-o", "name"],
            new Dictionary<string, string?> { ["KUBECONFIG"] = Operator.Kubeconfig, ["HOME"] = Operator.ClientDirectory });
        Assert.Equal("", watched.Output);
        Assert.Equal(before, await VersionAsync());
    }

    private Task<string> VersionAsync() => Kubectl.TextAsync("get", "cx", Cluster.Name, "-o", "jsonpath={.metadata.resourceVersion}");
}
