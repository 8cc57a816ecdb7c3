using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>An unreliable API server delays the operator, but causes no wrong decision and does not affect the database.</summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Apart")]
[Collection<OnKubernetes>]
public sealed class UnreliableApiTests
{
    [Fact]
    public async Task A_cluster_is_created_promoted_and_deleted_through_an_unreliable_API()
    {
        Assert.SkipUnless(
            KubernetesTestTarget.Kubeconfig is not null, "CORTEX_TEST_KUBECONFIG names no cluster; ./cortex test kubernetes brings one up");
        await using var api = await UnreliableApi.StartAsync(KubernetesTestTarget.Kubeconfig);
        await using (var cortex = await OperatorUnderTest.StartWithKubeconfigAsync(api.Kubeconfig))
        {
            await using var cluster = await cortex.CreateAsync();
            var access = await cluster.AccessAsync();
            await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
            await using var watch = await WriterWatch.StartAsync(cluster);
            await using var appender = new Appender(access);
            await appender.AtLeastAsync(5, cluster.DescribeAsync);

            await cluster.PromoteAsync(cluster.Standby);
            await cluster.PromotedAsync(cluster.Standby);
            await cluster.ReadyAsync();
            await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.DescribeAsync);
            await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
            await appender.AssertAllPresentAsync(access.Dsn);
        }

        Assert.Equal(Enum.GetValues<UnreliableApi.Fault>().Order(), api.Injected.Keys.Order());
    }
}
