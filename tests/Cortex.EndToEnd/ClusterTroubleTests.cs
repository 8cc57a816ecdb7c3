using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>Parts of the cluster itself are away. The databases serve on as long as their machines do.</summary>
[Trait("Tier", "kubernetes")]
public sealed class ClusterTroubleTests(RunningOperator running) : IClassFixture<RunningOperator>
{
    [Fact]
    public async Task Without_the_API_server_writes_go_on_and_what_was_wished_happens_when_it_is_back()
    {
        Assert.SkipUnless(Place.Node is not null, "the API server of this cluster cannot be stopped from here: CORTEX_TEST_NODE names no script");
        await using var cluster = await running.Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.StoryAsync);
        try
        {
            (await Tool.RunAsync(Place.Node!, ["stop", "kube-apiserver"])).Text();
            // Longer than a look of the operator and than its lease, had it one.
            await Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
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
}
