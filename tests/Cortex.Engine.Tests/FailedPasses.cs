using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests;

/// <summary>The report of a failed step names the step, its instance and the error.</summary>
public sealed class FailedPasses
{
    [Fact]
    public async Task An_event_names_the_failed_step_and_the_inner_cause()
    {
        var records = new OneCluster();
        var failure = new InvalidOperationException("Exception while reading from stream", new IOException("Connection reset by peer"));

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Reconciler(failure, records)
                .ReconcileAsync(OneCluster.Key, CancellationToken.None, TestContext.Current.CancellationToken));

        const string Expected = "creates the network: Exception while reading from stream (Connection reset by peer)";
        Assert.Equal([(true, Reasons.ActionFailed, Expected)], records.Events);
        Assert.Equal(Expected, records.Cluster.Status!.Conditions.Single(one => one.Type == ConditionTypes.Progressing).Message);
    }

    private static ClusterReconciler Reconciler(Exception failure, OneCluster records)
    {
        var target = DispatchProxy.Create<IExecutionTarget, Failing>();
        ((Failing)target).Failure = failure;
        return Reconcilers.Over(target, records);
    }

    /// <summary>An empty target with an image, on which no network can be made.</summary>
    public class Failing : DispatchProxy
    {
        public Exception Failure { get; set; } = new NotSupportedException();

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
        {
            nameof(IExecutionTarget.FindImageAsync) => Task.FromResult<string?>("sha256:1"),
            nameof(IExecutionTarget.RunOneShotAsync) => Task.FromResult(new OneShotResult(0, ImageExaminerTests.Seventeen)),
            nameof(IExecutionTarget.ListAsync) => Task.FromResult(Inventory.Empty),
            nameof(IExecutionTarget.ReadSecretsAsync) =>
                Task.FromResult<IReadOnlyDictionary<string, byte[]>>(new Dictionary<string, byte[]>()),
            nameof(IExecutionTarget.EnsureNetworkAsync) => Task.FromException(Failure),
            _ => throw new NotSupportedException(targetMethod?.Name),
        };
    }
}
