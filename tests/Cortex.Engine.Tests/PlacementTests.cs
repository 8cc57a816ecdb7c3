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

    [Fact]
    public async Task A_pod_is_not_stopped_for_a_repository_that_does_not_exist()
    {
        var (failure, _, done) = await FailAsync(
            [new PodSeen("cortex-s1", PodState.Running)],
            new NoRepository(),
            new Step.StopPod("cortex-s1", "new pods"), new Step.RemovePod("cortex-s1"), new Step.StartPod("cortex-s1"));

        Assert.Equal("there is no claim backups", failure.Message);
        Assert.Empty(done);
    }

    private static Task<(TargetException Failure, string Said, IReadOnlyList<string> Done)> FailAsync(
        PodSeen[] pods, params Step[] steps) => FailAsync(pods, null, steps);

    private static async Task<(TargetException Failure, string Said, IReadOnlyList<string> Done)> FailAsync(
        PodSeen[] pods, IRepositoryVolumes? repositories, params Step[] steps)
    {
        var target = DispatchProxy.Create<IExecutionTarget, Full>();
        ((Full)target).HasPlace = repositories is not null;
        var memory = new ClusterMemory();
        var vault = new SecretVault(target, memory);
        var life = new InstanceLife(target, target, target, vault, null!, null!, TimeProvider.System, repositories);
        var infrastructure = new Infrastructure(target, target, target);
        var executor = new PlanExecutor(
            infrastructure, memory, new Credentials(vault, memory), null!, life, null!, null!, null!, null!,
            NullLogger<PlanExecutor>.Instance);
        var seen = new Observation { Cluster = Key, Inventory = Inventory.Empty with { Pods = pods }, Image = ProvisioningUnderTest.Image };
        var cluster = new CortexCluster
        {
            Metadata = new() { Name = Key.Name, NamespaceProperty = Key.Namespace },
            Spec = new() { Backup = new() { Repository = new() { Directory = new() { Volume = "backups" } } } },
        };
        var records = DispatchProxy.Create<IClusterRecords, Full>();
        using var pass = new Pass(
            cluster, seen, new Plan { Steps = steps, Holds = [] }, records, TimeProvider.System, CancellationToken.None);

        var failure = await Assert.ThrowsAsync<TargetException>(() => executor.ExecuteAsync(pass, TestContext.Current.CancellationToken));
        return (failure, pass.Describe(failure), ((Full)target).Done);
    }

    private sealed class NoRepository : IRepositoryVolumes
    {
        public Task EnsureRepositoryAsync(ClusterKey cluster, DirectoryRepositorySpec repository, CancellationToken ct) =>
            throw new TargetException($"there is no claim {repository.Volume}");
    }

    /// <summary>Has no place for a new pod, unless a test says otherwise; everything else succeeds.</summary>
    public class Full : DispatchProxy
    {
        private readonly List<string> done = [];

        public IReadOnlyList<string> Done => done;

        public bool HasPlace { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IExecutionTarget.Describe): return new V1Pod();
                case nameof(IExecutionTarget.CheckPlacement): return HasPlace ? null : throw new TargetException("no place");
                case nameof(IClusterRecords.WriteStatusAsync): return Task.FromResult((CortexCluster)args![0]!);
                case nameof(IClusterRecords.Tell): return null;
                default: done.Add(targetMethod!.Name); return Task.CompletedTask;
            }
        }
    }
}
