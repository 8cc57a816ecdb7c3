using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>kubectl as a new user tries it.</summary>
[Trait("Tier", "podman")]
[Collection<LooksAtARunningPair>]
public sealed class KubectlTests(RunningPair pair)
{
    private Kubectl Kubectl => pair.Operator.Kubectl;

    [Fact]
    public async Task Get_shows_the_columns_that_matter()
    {
        var lines = (await Kubectl.TextAsync("get", "cx")).Split('\n');
        Assert.Equal(["NAME", "PRIMARY", "READY", "PHASE", "LAG", "AGE"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal([pair.Cluster.Name, pair.Cluster.Primary, "2/2", "Ready"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..4]);
    }

    [Fact]
    public async Task Describe_tells_conditions_and_instances()
    {
        var text = await Kubectl.TextAsync("describe", "cortexcluster", pair.Cluster.Name);
        Assert.Contains("takes writes and 1 standby instances follow", text, StringComparison.Ordinal);
        Assert.Contains(pair.Cluster.Standby, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_knows_every_field()
    {
        Assert.Contains("The instance that shall be the primary", await Kubectl.TextAsync("explain", "cortexcluster.spec.promote"), StringComparison.Ordinal);
        Assert.Contains("basePort", await Kubectl.TextAsync("explain", "cx", "--recursive"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_a_condition_ends_when_it_holds() =>
        Assert.Contains("condition met", await Kubectl.TextAsync("wait", "cx", pair.Cluster.Name, "--for=condition=Ready", "--timeout=60s"), StringComparison.Ordinal);

    [Fact]
    public async Task Applying_a_changed_file_changes_the_resource()
    {
        (await Kubectl.ApplyAsync(pair.Cluster.Yaml("postgres:\n  parameters: {work_mem: 6MB}"))).Text();
        await Eventually.HoldsAsync("it is loaded", async () => (await Psql.RunAsync(pair.Access.Dsn, "show work_mem")).Output.Trim() == "6MB", pair.Cluster.StoryAsync);
        Assert.Contains("configured", (await Kubectl.ApplyAsync(pair.Cluster.Yaml())).Text(), StringComparison.Ordinal);
        await Eventually.HoldsAsync("it is taken back", async () => (await Psql.RunAsync(pair.Access.Dsn, "show work_mem")).Output.Trim() == "4MB", pair.Cluster.StoryAsync);
        await pair.Cluster.ReadyAsync();
        Assert.Contains("unchanged", (await Kubectl.ApplyAsync(pair.Cluster.Yaml())).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_converged_cluster_is_not_written_to()
    {
        await pair.Cluster.ReadyAsync();
        var before = await Kubectl.TextAsync("get", "cx", pair.Cluster.Name, "-o", "jsonpath={.metadata.resourceVersion}");
        var watched = await Tool.RunAsync(
            "timeout", ["22", "kubectl", "get", "cx", pair.Cluster.Name, "--watch-only", "-o", "name"],
            new Dictionary<string, string?> { ["KUBECONFIG"] = pair.Operator.Kubeconfig, ["HOME"] = pair.Operator.ClientDirectory });
        Assert.Equal("", watched.Output);
        Assert.Equal(before, await Kubectl.TextAsync("get", "cx", pair.Cluster.Name, "-o", "jsonpath={.metadata.resourceVersion}"));
    }
}
