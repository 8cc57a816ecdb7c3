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
        var seen = new Observation { Cluster = OneCluster.Key, Inventory = Inventory.Empty, Image = new ImageSeen(null, null) };
        var records = new OneCluster
        {
            Stored = status =>
            {
                broken.Reported.TrySetResult();
                return status;
            },
        };
        using var pass = new Pass(
            records.Cluster, seen, new Plan { Steps = [step], Holds = [] }, records, TimeProvider.System, CancellationToken.None);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => executor.ExecuteAsync(pass, TestContext.Current.CancellationToken));

        Assert.Equal(("no network", others), (failure.Message, broken.Deleted));
        Assert.Equal("deletes the network: no network", pass.Describe(failure));
        // The failure was reported while the others were still running.
        Assert.Equal(others, records.Written.Any(ReportsFailure));
    }

    private static bool ReportsFailure(ClusterStatus status) =>
        status.Conditions.Single(condition => condition.Type == ConditionTypes.Progressing).Message == "deletes the network: no network";

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
}
