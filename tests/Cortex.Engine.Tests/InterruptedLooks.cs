using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>
/// A look may have to wait, for a Podman that is busy with a restart or for a server that does not answer; a new wish does not wait behind
/// it.
/// </summary>
public sealed class InterruptedLooks : IDisposable
{
    private static readonly ClusterKey Key = new("default", "cortex");

    private readonly CancellationTokenSource wish = new();
    private readonly CancellationTokenSource end = new();
    private readonly Records records = new();
    private readonly BusyTarget target;
    private readonly ClusterReconciler reconciler;

    public InterruptedLooks()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, BusyTarget>();
        target = (BusyTarget)proxy;
        reconciler = Reconcilers.Over(proxy, records);
    }

    [Fact]
    public async Task A_wish_ends_a_look_that_is_under_way_and_nothing_is_said_of_it()
    {
        var pass = reconciler.ReconcileAsync(Key, wish.Token, end.Token);
        await target.Asked;
        Assert.False(pass.IsCompleted);
        await wish.CancelAsync();

        Assert.Equal(new NextLook(TimeSpan.Zero, "the spec changed"), await pass);
        Assert.Equal(0, records.Written);
    }

    [Fact]
    public async Task A_look_that_fails_because_it_is_broken_off_is_no_failure()
    {
        var pass = reconciler.ReconcileAsync(Key, wish.Token, end.Token);
        await target.Asked;
        await wish.CancelAsync();
        target.Fail(new TargetException("Podman cannot be reached"));

        Assert.Equal(TimeSpan.Zero, (await pass)?.After);
        Assert.Equal(0, records.Written);
    }

    [Fact]
    public async Task What_was_seen_while_the_spec_changed_is_not_acted_upon()
    {
        target.Deaf = true;
        var pass = reconciler.ReconcileAsync(Key, wish.Token, end.Token);
        await target.Asked;
        await wish.CancelAsync();
        target.Answer(Inventory.Empty);

        Assert.Equal("the spec changed", (await pass)?.Why);
        Assert.Equal(0, records.Written);
    }

    [Fact]
    public async Task A_look_that_fails_by_itself_is_reported()
    {
        var pass = reconciler.ReconcileAsync(Key, wish.Token, end.Token);
        await target.Asked;
        target.Fail(new TargetException("Podman cannot be reached"));

        await Assert.ThrowsAsync<TargetException>(() => pass);
        Assert.Equal(1, records.Written);
    }

    [Fact]
    public async Task The_end_of_the_operator_is_no_wish()
    {
        var pass = reconciler.ReconcileAsync(Key, wish.Token, end.Token);
        await target.Asked;
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pass);
    }

    public void Dispose()
    {
        wish.Dispose();
        end.Dispose();
    }

    /// <summary>It has an image, and lists what there is when it is told to, or breaks the call off when it is told that.</summary>
    public class BusyTarget : DispatchProxy
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Inventory> listing = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => asked.Task;

        /// <summary>It does not hear that a call is broken off.</summary>
        public bool Deaf { get; set; }

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
            return Deaf ? listing.Task : listing.Task.WaitAsync(ct);
        }
    }

    private sealed class Records : IClusterRecords
    {
        private readonly CortexCluster cluster = new()
        {
            Metadata = new()
            {
                Name = Key.Name,
                NamespaceProperty = Key.Namespace,
                Uid = "u",
                Generation = 1,
                Finalizers = [CortexCluster.Finalizer],
            },
        };

        public int Written { get; private set; }

        public Task<CortexCluster?> ReadAsync(ClusterKey cluster, CancellationToken ct) => Task.FromResult<CortexCluster?>(this.cluster);

        public Task<CortexCluster> WriteStatusAsync(CortexCluster cluster, ClusterStatus? before, ClusterStatus after, CancellationToken ct)
        {
            Written++;
            return Task.FromResult(cluster);
        }

        public Task<CortexCluster> AddFinalizerAsync(CortexCluster cluster, CancellationToken ct) => Task.FromResult(cluster);

        public Task RemoveFinalizerAsync(CortexCluster cluster, CancellationToken ct) => Task.CompletedTask;

        public void Tell(CortexCluster cluster, bool warning, string reason, string message)
        {
        }
    }
}
