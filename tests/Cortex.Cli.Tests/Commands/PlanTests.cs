using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Runtime;
using k8s;

namespace Cortex.Cli.Tests.Commands;

public sealed class PlanTests
{
    [Fact]
    public async Task The_plan_of_a_new_cluster_creates_nothing()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        var file = cortex.File("cortex.yaml", Samples.Yaml);

        Assert.Equal(ExitCodes.Changes, await cortex.RunAsync("plan", "-f", file));
        Assert.Equal("cortex would be created: cortex-pr, cortex-s1\n", cortex.Output);
        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("status", "cortex"));
    }

    [Fact]
    public async Task The_plan_of_an_edit_prints_steps_restarts_and_the_measured_write_gap_and_changes_nothing()
    {
        await using var cortex = await WithReadyClusterAsync();
        var file = cortex.File("cortex.yaml", $"{Samples.Yaml}  postgres: {{parameters: {{max_connections: \"200\"}}}}\n");

        Assert.Equal(ExitCodes.Changes, await cortex.RunAsync("plan", "-f", file));
        Assert.Contains("spec.postgres.parameters.max_connections  -    200   restart", cortex.Output, StringComparison.Ordinal);
        Assert.Contains("begins the switchover from cortex-s1 to cortex-pr", cortex.Output, StringComparison.Ordinal);
        Assert.Contains("Restarts: cortex-pr, then cortex-s1", cortex.Output, StringComparison.Ordinal);
        Assert.Contains(
            "Write gap: 1 x 310 ms (the median of the last 1 switchovers of this cluster)", cortex.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Changes, await cortex.RunAsync("plan", "-f", file));
    }

    [Fact]
    public async Task The_plan_of_an_applied_file_has_nothing_to_do()
    {
        await using var cortex = await WithReadyClusterAsync();

        Assert.Equal(ExitCodes.Done, await cortex.RunAsync("plan", "-f", cortex.File("cortex.yaml", Samples.Yaml)));
        Assert.Equal("cortex is already as the file says: nothing to do\n", cortex.Output);
    }

    [Fact]
    public async Task The_plan_of_an_invalid_file_fails_with_the_reason()
    {
        await using var cortex = await WithReadyClusterAsync();

        Assert.Equal(
            ExitCodes.Failed,
            await cortex.RunAsync(
                "plan", "-f", cortex.File("cortex.yaml", $"{Samples.Yaml}  postgres: {{parameters: {{fsync: \"off\"}}}}\n")));
        Assert.Contains("spec.postgres.parameters.fsync", cortex.Error, StringComparison.Ordinal);
    }

    /// <summary>A cluster with a status as an operator writes it: cortex-s1 is the primary, and one switchover was measured.</summary>
    private static async Task<CommandRunner> WithReadyClusterAsync()
    {
        var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml));
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(cortex.Context.State.Kubeconfig));
        var ready = Samples.Ready();
        var status = ready with { PromotionHistory = [ready.LastPromotion! with { Kind = PromotionKind.Switchover, WriteGapMs = 310 }] };
        await new ResourceClient<CortexCluster>(new ApiConnection(client, TimeProvider.System))
            .PatchStatusAsync(new ObjectKey("default", "cortex"), new ClusterStatus(), status, null, TestContext.Current.CancellationToken);
        return cortex;
    }
}
