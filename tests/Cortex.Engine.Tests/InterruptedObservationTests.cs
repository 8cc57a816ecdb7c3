using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>
/// An observation may have to wait for a Podman that is busy with a restart, or for a server that does not answer; an edit of the spec does
/// not wait for it.
/// </summary>
public sealed class InterruptedObservationTests : IDisposable
{
    private readonly CancellationTokenSource edit = new();
    private readonly CancellationTokenSource end = new();
    private readonly OneCluster records = new();
    private readonly BusyTarget target;
    private readonly ClusterReconciler reconciler;

    public InterruptedObservationTests()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, BusyTarget>();
        target = (BusyTarget)proxy;
        reconciler = Reconcilers.Over(proxy, records);
    }

    [Fact]
    public async Task An_edit_cancels_a_running_observation_and_nothing_is_reported()
    {
        var pass = reconciler.ReconcileAsync(OneCluster.Key, edit.Token, end.Token);
        await target.Asked;
        Assert.False(pass.IsCompleted);
        await edit.CancelAsync();

        Assert.Equal(new NextLook(TimeSpan.Zero, "the spec changed"), await pass);
        Assert.Empty(records.Written);
    }

    [Fact]
    public async Task An_observation_that_fails_because_it_is_cancelled_is_not_a_failure()
    {
        var pass = reconciler.ReconcileAsync(OneCluster.Key, edit.Token, end.Token);
        await target.Asked;
        await edit.CancelAsync();
        target.Fail(new TargetException("Podman cannot be reached"));

        Assert.Equal(TimeSpan.Zero, (await pass)?.After);
        Assert.Empty(records.Written);
    }

    [Fact]
    public async Task An_observation_from_before_an_edit_is_not_acted_upon()
    {
        target.IgnoresCancellation = true;
        var pass = reconciler.ReconcileAsync(OneCluster.Key, edit.Token, end.Token);
        await target.Asked;
        await edit.CancelAsync();
        target.Answer(Inventory.Empty);

        Assert.Equal("the spec changed", (await pass)?.Why);
        Assert.Empty(records.Written);
    }

    [Fact]
    public async Task An_observation_that_fails_by_itself_is_reported()
    {
        var pass = reconciler.ReconcileAsync(OneCluster.Key, edit.Token, end.Token);
        await target.Asked;
        target.Fail(new TargetException("Podman cannot be reached"));

        await Assert.ThrowsAsync<TargetException>(() => pass);
        Assert.Single(records.Written);
    }

    [Fact]
    public async Task The_end_of_the_operator_is_not_an_edit()
    {
        var pass = reconciler.ReconcileAsync(OneCluster.Key, edit.Token, end.Token);
        await target.Asked;
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pass);
    }

    public void Dispose()
    {
        edit.Dispose();
        end.Dispose();
    }

    /// <summary>Has an image. Lists its objects, or fails, when the test says so.</summary>
    public class BusyTarget : DispatchProxy
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Inventory> listing = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => asked.Task;

        /// <summary>Whether calls ignore their cancellation.</summary>
        public bool IgnoresCancellation { get; set; }

        public void Answer(Inventory inventory) => listing.TrySetResult(inventory);

        public void Fail(Exception why) => listing.TrySetException(why);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
        {
            nameof(IExecutionTarget.FindImageAsync) => Task.FromResult<string?>(null),
            nameof(IExecutionTarget.ListAsync) => List((CancellationToken)args![1]!),
            _ => throw new NotSupportedException(targetMethod?.Name),
        };

        private Task<Inventory> List(CancellationToken ct)
        {
            asked.TrySetResult();
            return IgnoresCancellation ? listing.Task : listing.Task.WaitAsync(ct);
        }
    }
}
