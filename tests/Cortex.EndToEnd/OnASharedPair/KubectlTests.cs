namespace Cortex.EndToEnd.OnASharedPair;

/// <summary>The first commands of a new user of kubectl.</summary>
[Trait("Tier", "podman")]
[Collection<UsesRunningPair>]
public sealed class KubectlTests(RunningPair pair)
{
    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Get_shows_the_columns_of_the_definition(string program)
    {
        var lines = (await Kubectl(program).TextAsync("get", "cx")).Split('\n');
        Assert.Equal(["NAME", "PRIMARY", "READY", "PHASE", "LAG", "AGE"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(
            [pair.Cluster.Name, pair.Cluster.Primary, "2/2", "Ready"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..4]);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Describe_shows_conditions_and_instances(string program)
    {
        var text = await Kubectl(program).TextAsync("describe", "cortexcluster", pair.Cluster.Name);
        Assert.Contains("accepts writes and 1 standby instances follow", text, StringComparison.Ordinal);
        Assert.Contains(pair.Cluster.Standby, text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Explain_knows_every_field(string program)
    {
        Assert.Contains(
            "If another instance",
            await Kubectl(program).TextAsync("explain", "cortexcluster.spec.promote"),
            StringComparison.Ordinal);
        Assert.Contains("basePort", await Kubectl(program).TextAsync("explain", "cx", "--recursive"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kubectls.Names), MemberType = typeof(Kubectls))]
    public async Task Waiting_for_a_condition_ends_when_it_holds(string program) =>
        Assert.Contains(
            "condition met",
            await Kubectl(program).TextAsync("wait", "cx", pair.Cluster.Name, "--for=condition=Ready", "--timeout=60s"),
            StringComparison.Ordinal);

    private Kubectl Kubectl(string program) => pair.Operator.Kubectl.With(program);
}
