using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>An API server that refuses, waits and forgets to answer holds up the operator, and neither confuses it nor reaches the database.</summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Apart")]
[Collection<OnKubernetes>]
public sealed class UnreliableApiTests
{
    [Fact]
    public async Task A_cluster_is_made_promoted_and_taken_away_through_an_API_that_fails_every_few_requests()
    {
        Assert.SkipUnless(KubernetesPlace.Kubeconfig is not null, "CORTEX_TEST_KUBECONFIG names no cluster; ./cortex test kubernetes brings one up");
        await using var api = await UnreliableApi.StartAsync(KubernetesPlace.Kubeconfig);
        await using (var cortex = await OperatorUnderTest.StartBehindAsync(api.Kubeconfig))
        {
            await using var cluster = await cortex.CreateAsync();
            var access = await cluster.AccessAsync();
            await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
            await using var watch = await WriterWatch.StartAsync(cluster);
            await using var appender = new Appender(access);
            await appender.AtLeastAsync(5, cluster.StoryAsync);

            await cluster.PromoteAsync(cluster.Standby);
            await cluster.PromotedAsync(cluster.Standby);
            await cluster.ReadyAsync();
            await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
            await watch.DemandAsync(cluster.Primary, cluster.Standby);
            await appender.DemandAllAsync(access.Dsn);
        }

        Assert.Equal(Enum.GetValues<UnreliableApi.Fault>().Order(), api.Given.Keys.Order());
    }
}
