using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>Parts of the Kubernetes cluster are stopped. The databases keep running as long as their nodes do.</summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Alone")]
[Collection<OnKubernetes>]
public sealed class ClusterOutageTests
{
    private const int FailedPasses = 3;

    /// <summary>Without an API server no other test can run, so this test has its own round.</summary>
    [Fact]
    public async Task Without_the_API_server_writes_continue_and_a_later_promotion_succeeds()
    {
        Assert.SkipUnless(
            TestTarget.NodeScript is not null,
            "the API server of this Kubernetes cluster cannot be stopped: CORTEX_TEST_NODE names no script");
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = await cortex.CreateAsync();
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.DescribeAsync);
        try
        {
            var before = FailuresOf(cluster);
            (await Tool.RunAsync(TestTarget.NodeScript!, ["stop", "kube-apiserver"])).Text();
            await Eventually.HoldsAsync(
                $"{FailedPasses} passes have failed", () => FailuresOf(cluster) >= before + FailedPasses, cluster.DescribeAsync);
            await appender.AtLeastAsync(appender.Acknowledged.Count + 5, () => Task.FromResult("the API server is stopped"));
        }
        finally
        {
            (await Tool.RunAsync(TestTarget.NodeScript!, ["up"])).Text();
        }

        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.ReadyAsync();
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.DescribeAsync);
        await appender.StopAsync();
    }

    /// <summary>The number of failed passes over this cluster in the operator's log.</summary>
    private static int FailuresOf(Cluster cluster) =>
        cluster.Operator.Log.Split('\n').Count(
            line => line.Contains($"reconciling {cluster.Target.Namespace}/{cluster.Name} failed", StringComparison.Ordinal));
}
