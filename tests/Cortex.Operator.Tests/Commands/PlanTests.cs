using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Runtime;
using k8s;

namespace Cortex.Operator.Tests.Commands;

public sealed class PlanTests
{
    [Fact]
    public async Task A_cluster_that_does_not_exist_would_be_created_and_is_not()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        var file = place.File("cortex.yaml", Samples.Yaml);

        Assert.Equal(ExitCodes.Changes, await place.RunAsync("plan", "-f", file));
        Assert.Equal("cortex would be created: cortex-pr, cortex-s1\n", place.Output);
        Assert.Equal(ExitCodes.Failed, await place.RunAsync("status", "cortex"));
    }

    [Fact]
    public async Task Steps_restarts_and_the_measured_write_gap_of_an_edit_are_printed_and_nothing_is_changed()
    {
        await using var place = await LedAsync();
        var file = place.File("cortex.yaml", $"{Samples.Yaml}  postgres: {{parameters: {{max_connections: \"200\"}}}}\n");

        Assert.Equal(ExitCodes.Changes, await place.RunAsync("plan", "-f", file));
        Assert.Contains("spec.postgres.parameters.max_connections  -    200   restart", place.Output, StringComparison.Ordinal);
        Assert.Contains("begins the switchover from cortex-s1 to cortex-pr", place.Output, StringComparison.Ordinal);
        Assert.Contains("Restarts: cortex-pr, then cortex-s1", place.Output, StringComparison.Ordinal);
        Assert.Contains("Write gap: 1 x 310 ms (the median of the last 1 switchovers of this cluster)", place.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Changes, await place.RunAsync("plan", "-f", file));
    }

    [Fact]
    public async Task A_file_that_says_what_is_there_has_nothing_to_do()
    {
        await using var place = await LedAsync();

        Assert.Equal(ExitCodes.Done, await place.RunAsync("plan", "-f", place.File("cortex.yaml", Samples.Yaml)));
        Assert.Equal("cortex is as the file says: nothing to do\n", place.Output);
    }

    [Fact]
    public async Task A_file_that_the_operator_would_refuse_fails_with_the_reason()
    {
        await using var place = await LedAsync();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("plan", "-f", place.File("cortex.yaml", $"{Samples.Yaml}  postgres: {{parameters: {{fsync: \"off\"}}}}\n")));
        Assert.Contains("spec.postgres.parameters.fsync", place.Error, StringComparison.Ordinal);
    }

    /// <summary>A cluster whose status an operator has written: cortex-s1 leads, and one switchover was measured.</summary>
    private static async Task<Workplace> LedAsync()
    {
        var place = new Workplace();
        await place.ServeAsync();
        await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml));
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(place.Here.State.Kubeconfig));
        var ready = Samples.Ready();
        var status = ready with { PromotionHistory = [ready.LastPromotion! with { Kind = PromotionKind.Switchover, WriteGapMs = 310 }] };
        await new ResourceClient<CortexCluster>(new ApiConnection(client, TimeProvider.System))
            .PatchStatusAsync(new ObjectKey("default", "cortex"), new ClusterStatus(), status, null, TestContext.Current.CancellationToken);
        return place;
    }
}
