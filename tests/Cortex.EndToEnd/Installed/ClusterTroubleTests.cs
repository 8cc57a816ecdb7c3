using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>Parts of the cluster itself are away. The databases serve on as long as their machines do.</summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Alone")]
[Collection<OnKubernetes>]
public sealed class ClusterTroubleTests
{
    private const int Looks = 3;

    /// <summary>Without an API server nothing else goes on either, so this is a round of its own.</summary>
    [Fact]
    public async Task Without_the_API_server_writes_go_on_and_what_was_wished_happens_when_it_is_back()
    {
        Assert.SkipUnless(Place.Node is not null, "the API server of this cluster cannot be stopped from here: CORTEX_TEST_NODE names no script");
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = await cortex.CreateAsync();
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.StoryAsync);
        try
        {
            var before = FailuresOf(cluster);
            (await Tool.RunAsync(Place.Node!, ["stop", "kube-apiserver"])).Text();
            await Eventually.HoldsAsync(
                $"the operator has looked {Looks} times in vain", () => FailuresOf(cluster) >= before + Looks, cluster.StoryAsync);
            await appender.AtLeastAsync(appender.Acknowledged.Count + 5, () => Task.FromResult("the API server is away"));
        }
        finally
        {
            (await Tool.RunAsync(Place.Node!, ["up"])).Text();
        }

        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.ReadyAsync();
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        await appender.StopAsync();
    }

    /// <summary>How often the operator's log says that a pass over this cluster failed.</summary>
    private static int FailuresOf(Cluster cluster) =>
        cluster.Operator.Log.Split('\n').Count(line => line.Contains($"reconciling {cluster.Place.Namespace}/{cluster.Name} failed", StringComparison.Ordinal));
}
