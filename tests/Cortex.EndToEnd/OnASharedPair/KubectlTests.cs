using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnASharedPair;

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
}
