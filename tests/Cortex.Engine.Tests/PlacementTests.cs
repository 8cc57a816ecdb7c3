using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Act;
using Cortex.Engine.Memory;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Logging.Abstractions;
using TargetException = Cortex.Engine.Targets.TargetException;
using k8s.Models;

namespace Cortex.Engine.Tests;

/// <summary>A pod that the target cannot make is detected before any work for it.</summary>
public sealed class PlacementTests
{
    private static readonly ClusterKey Key = new("default", "cortex");

    [Fact]
    public async Task A_pod_that_cannot_be_made_again_is_not_removed()
    {
        var (failure, reported, done) = await FailAsync(
            [new PodSeen("cortex-s1", PodState.Running)], new Step.RemovePod("cortex-s1"), new Step.StartPod("cortex-s1"));

        Assert.Equal("no place", failure.Message);
        Assert.Equal("starts cortex-s1: no place", reported);
        Assert.Empty(done);
    }

    [Fact]
    public async Task No_volume_and_no_copy_is_made_for_a_pod_that_cannot_be_made()
    {
        var (failure, _, done) = await FailAsync([], new Step.CreateVolume("cortex-s1"), new Step.Join("cortex-s1", "cortex-pr"));

        Assert.Equal("no place", failure.Message);
        Assert.Empty(done);
    }

    /// <summary>Another lane may start the primary.</summary>
    [Fact]
    public async Task Other_lanes_go_on_and_a_pod_that_stays_is_started_as_it_was()
    {
        var (failure, _, done) = await FailAsync(
            [new PodSeen("cortex-pr", PodState.Exited), new PodSeen("cortex-s1", PodState.Exited)],
            new Step.Together(
                [
                    [new Step.RemovePod("cortex-s1"), new Step.StartPod("cortex-s1")],
                    [new Step.DeleteVolume("cortex-s2"), new Step.StartPod("cortex-pr")],
                ]));

        Assert.Equal("no place", failure.Message);
        Assert.Equal([nameof(IExecutionTarget.DeleteVolumeAsync), nameof(IExecutionTarget.StartPodAsync)], done);
    }

    private static async Task<(
        TargetException Failure, string Said, IReadOnlyList<string> Done)> FailAsync(PodSeen[] pods, params Step[] steps)
    {
        var target = DispatchProxy.Create<IExecutionTarget, Full>();
        var memory = new ClusterMemory();
        var vault = new SecretVault(target, memory);
        var life = new InstanceLife(target, target, target, vault, null!, null!, TimeProvider.System);
        var infrastructure = new Infrastructure(target, target, target);
        var executor = new PlanExecutor(
            infrastructure, memory, new Credentials(vault, memory), null!, life, null!, null!, null!, null!,
            NullLogger<PlanExecutor>.Instance);
        var seen = new Observation { Cluster = Key, Inventory = Inventory.Empty with { Pods = pods }, Image = ProvisioningUnderTest.Image };
        var cluster = new CortexCluster { Metadata = new() { Name = Key.Name, NamespaceProperty = Key.Namespace } };
        var records = DispatchProxy.Create<IClusterRecords, Full>();
        using var pass = new Pass(
            cluster, seen, new Plan { Steps = steps, Holds = [] }, records, TimeProvider.System, CancellationToken.None);

        var failure = await Assert.ThrowsAsync<TargetException>(() => executor.ExecuteAsync(pass, TestContext.Current.CancellationToken));
        return (failure, pass.Describe(failure), ((Full)target).Done);
    }

    /// <summary>Has no place for a new pod; everything else succeeds.</summary>
    public class Full : DispatchProxy
    {
        private readonly List<string> done = [];

        public IReadOnlyList<string> Done => done;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IExecutionTarget.Describe): return new V1Pod();
                case nameof(IExecutionTarget.CheckPlacement): throw new TargetException("no place");
                case nameof(IClusterRecords.WriteStatusAsync): return Task.FromResult((CortexCluster)args![0]!);
                case nameof(IClusterRecords.Tell): return null;
                default: done.Add(targetMethod!.Name); return Task.CompletedTask;
            }
        }
    }
}
