using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Act;
using Cortex.Engine.Memory;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Engine.Tests;

/// <summary>Lanes that run at the same time: a lane that fails does not affect the others, unless they wait for its result.</summary>
public sealed class LanesTests
{
    private static readonly ClusterKey Key = new("default", "cortex");

    [Theory, InlineData(false, true), InlineData(true, false)]
    public async Task A_lane_that_fails_ends_the_others_only_where_they_wait_for_it(bool leads, bool others)
    {
        var target = DispatchProxy.Create<IExecutionTarget, HalfBroken>();
        var broken = (HalfBroken)target;
        var memory = new ClusterMemory();
        var vault = new SecretVault(target, memory);
        var life = new InstanceLife(target, target, target, vault, null!, null!, TimeProvider.System);
        var infrastructure = new Infrastructure(target, target, target);
        var executor = new PlanExecutor(
            infrastructure, memory, new Credentials(vault, memory), null!, life, null!, null!, null!, null!,
            NullLogger<PlanExecutor>.Instance);
        var step = new Step.Together(
            [[new Step.DeleteNetwork()], [new Step.RemovePod("cortex-s1"), new Step.DeleteVolume("cortex-s1")]], leads);
        var seen = new Observation { Cluster = Key, Inventory = Inventory.Empty, Image = new ImageSeen(null, null) };
        var cluster = new CortexCluster { Metadata = new() { Name = Key.Name, NamespaceProperty = Key.Namespace } };
        var records = new Reports(broken);
        using var pass = new Pass(
            cluster, seen, new Plan { Steps = [step], Holds = [] }, records, TimeProvider.System, CancellationToken.None);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => executor.ExecuteAsync(pass, TestContext.Current.CancellationToken));

        Assert.Equal(("no network", others), (failure.Message, broken.Deleted));
        Assert.Equal("deletes the network: no network", pass.Describe(failure));
        // The failure was reported while the others were still running.
        Assert.Equal(others, records.Reported.Contains("deletes the network: no network"));
    }

    /// <summary>The network cannot be deleted. The deletion of the pod ends when that failure was reported, or is cancelled.</summary>
    public class HalfBroken : DispatchProxy
    {
        public TaskCompletionSource Reported { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Deleted { get; private set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IExecutionTarget.DeleteNetworkAsync): return Task.FromException(new InvalidOperationException("no network"));
                case nameof(IExecutionTarget.DeletePodAsync): return Reported.Task.WaitAsync((CancellationToken)args![^1]!);
                case nameof(IExecutionTarget.DeleteVolumeAsync): Deleted = true; return Task.CompletedTask;
                default: throw new NotSupportedException(targetMethod?.Name);
            }
        }
    }

    private sealed class Reports(HalfBroken target) : IClusterRecords
    {
        public List<string> Reported { get; } = [];

        public Task<CortexCluster?> ReadAsync(ClusterKey cluster, CancellationToken ct) => throw new NotSupportedException();

        public Task<CortexCluster> WriteStatusAsync(CortexCluster cluster, ClusterStatus? before, ClusterStatus after, CancellationToken ct)
        {
            Reported.Add(after.Conditions.Single(one => one.Type == ConditionTypes.Progressing).Message);
            target.Reported.TrySetResult();
            return Task.FromResult(cluster);
        }

        public Task<CortexCluster> AddFinalizerAsync(CortexCluster cluster, CancellationToken ct) => throw new NotSupportedException();

        public Task RemoveFinalizerAsync(CortexCluster cluster, CancellationToken ct) => throw new NotSupportedException();

        public void Tell(CortexCluster cluster, bool warning, string reason, string message)
        {
        }
    }
}
