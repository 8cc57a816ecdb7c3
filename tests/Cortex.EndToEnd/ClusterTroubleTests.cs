using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>Parts of the cluster itself are away. The databases serve on as long as their machines do.</summary>
[Trait("Tier", "kubernetes")]
public sealed class ClusterTroubleTests(RunningOperator running) : IClassFixture<RunningOperator>
{
    /// <summary>A script with <c>stop kubelet</c> and <c>up</c>, where the cluster was made for the tests.</summary>
    private static readonly string? Node = Environment.GetEnvironmentVariable("CORTEX_TEST_NODE") is { Length: > 0 } script ? script : null;

    [Fact]
    public async Task Without_the_API_server_writes_go_on_and_what_was_wished_happens_when_it_is_back()
    {
        Assert.SkipUnless(Node is not null, "the API server of this cluster cannot be stopped from here: CORTEX_TEST_NODE names no script");
        await using var cluster = await running.Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var appender = new Appender(access.Dsn);
        await appender.AtLeastAsync(5, cluster.StoryAsync);
        try
        {
            (await Tool.RunAsync(Node, ["stop", "kube-apiserver"])).Text();
            // Longer than a look of the operator and than its lease, had it one.
            await Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            await appender.AtLeastAsync(appender.Acknowledged.Count + 5, () => Task.FromResult("the API server is away"));
        }
        finally
        {
            (await Tool.RunAsync(Node, ["up"])).Text();
        }

        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.ReadyAsync();
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        await appender.StopAsync();
    }

    /// <summary>The machine of the primary vanishes: nobody can see whether it still writes.</summary>
    [Fact]
    public async Task A_promotion_waits_for_the_machine_or_for_the_users_word()
    {
        Assert.SkipUnless(Node is not null, "the machines of this cluster cannot be stopped from here: CORTEX_TEST_NODE names no script");
        await using var cluster = await running.Operator.CreateAsync();
        try
        {
            (await Tool.RunAsync(Node, ["stop", "kubelet"])).Text();
            await cluster.UntilAsync("its machine is seen away", now => Cluster.Is(now.Status, ConditionTypes.Ready, "False"));

            await cluster.PromoteAsync(cluster.Standby);
            var held = await cluster.UntilAsync("the promotion is held back", now => Cluster.Is(now.Status, ConditionTypes.PromotionBlocked, "True"));

            Assert.Equal("FenceUnproven", Cluster.Condition(held, ConditionTypes.PromotionBlocked)!.Reason);
            Assert.Contains($"spec.kubernetes.lostInstances: [{cluster.Primary}]", Cluster.Condition(held, ConditionTypes.PromotionBlocked)!.Message, StringComparison.Ordinal);
            Assert.Equal(cluster.Primary, held.Primary);
        }
        finally
        {
            (await Tool.RunAsync(Node, ["up"])).Text();
        }

        await cluster.PromotedAsync(cluster.Standby);
        await cluster.ReadyAsync();
    }
}
