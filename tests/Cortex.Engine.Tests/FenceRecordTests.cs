using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Act;
using Cortex.Engine.Memory;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Logging.Abstractions;
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>The record of a fence counts only if the API server has stored it.</summary>
public sealed class FenceRecordTests
{
    [Fact]
    public async Task A_fence_that_the_api_server_stored_is_known_to_the_pass()
    {
        using var pass = Pass(new OneCluster());

        await RecordAsync(pass);

        Assert.NotNull(pass.Cluster.Status!.Promotion!.StoppedAt);
    }

    /// <summary>An upgrade by Helm does not change the definition. Without an error, every pass would fence again.</summary>
    [Fact]
    public async Task A_definition_that_does_not_know_the_field_is_an_error_that_names_the_remedy()
    {
        using var pass = Pass(new OneCluster { Stored = WithoutStoppedAt });

        var failure = await Assert.ThrowsAsync<TargetException>(() => RecordAsync(pass));

        Assert.Contains("apply the definition in crds/", failure.Message, StringComparison.Ordinal);
    }

    private static ClusterStatus WithoutStoppedAt(ClusterStatus status) =>
        status with { Promotion = status.Promotion! with { StoppedAt = null } };

    private static Pass Pass(OneCluster records)
    {
        var promotion = new PromotionDecision
        {
            From = "cortex-pr",
            To = "cortex-s1",
            Kind = PromotionKind.Failover,
            RequestedAt = DateTimeOffset.UnixEpoch,
        };
        var cluster = new CortexCluster
        {
            Metadata = new() { Name = OneCluster.Key.Name, NamespaceProperty = OneCluster.Key.Namespace },
            Status = new() { Primary = "cortex-pr", Fenced = ["cortex-pr"], Promotion = promotion },
        };
        var seen = new Observation { Cluster = OneCluster.Key, Inventory = Inventory.Empty, Image = new ImageSeen(null, null) };
        return new Pass(
            cluster,
            seen,
            new Plan { Steps = [new Step.RecordFence("cortex-pr")], Holds = [] },
            records,
            TimeProvider.System,
            CancellationToken.None);
    }

    private static Task RecordAsync(Pass pass)
    {
        var target = DispatchProxy.Create<IExecutionTarget, Unused>();
        var memory = new ClusterMemory();
        var credentials = new Credentials(new SecretVault(target, memory), memory);
        var executor = new PlanExecutor(
            null!, memory, credentials, null!, null!, null!, null!, null!, null!, NullLogger<PlanExecutor>.Instance);
        return executor.ExecuteAsync(pass, TestContext.Current.CancellationToken);
    }

    /// <summary>The record of a fence needs no target.</summary>
    public class Unused : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new NotSupportedException(targetMethod?.Name);
    }
}
