using Cortex.Core.Api;
using Cortex.Engine.Act;
using Cortex.Engine.Backup;
using Cortex.Engine.Targets;
using Cortex.Operator.Wiring;
using Cortex.Runtime;
using k8s;
using Microsoft.Extensions.DependencyInjection;

namespace Cortex.Operator.Tests.Wiring;

public sealed class TargetRolesTests
{
    private static readonly Type[] OnKubernetesAlone =
        [typeof(IServices), typeof(IVolumeExpansion), typeof(ILostPods), typeof(IRepositoryVolumes)];

    [Theory]
    [InlineData(ExecutionTarget.Podman)]
    [InlineData(ExecutionTarget.Kubernetes)]
    public async Task Every_role_is_played_by_one_target_and_the_whole_operator_can_be_made(ExecutionTarget kind)
    {
        var options = new OperatorOptions("unused", "unused", 0) { Target = kind };
        using var client = new Kubernetes(new KubernetesClientConfiguration { Host = "http://127.0.0.1:1" });
        await using var parts = new ServiceCollection().AddLogging().AddCortex(client, options).BuildServiceProvider();

        var roles = typeof(IExecutionTarget).GetInterfaces();
        Assert.NotEmpty(roles);
        var target = Assert.Single(roles.Select(parts.GetRequiredService).Distinct());
        Assert.Equal(
            kind == ExecutionTarget.Kubernetes ? [target, target, target, target] : new object?[] { null, null, null, null },
            OnKubernetesAlone.Select(parts.GetService));
        Assert.Equal(
            [target, target], new object[] { parts.GetRequiredService<IBackupJobs>(), parts.GetRequiredService<IVerificationJobs>() });
        Assert.NotNull(parts.GetRequiredService<ControlLoop<CortexBackup>>());
        Assert.NotNull(parts.GetRequiredService<ScheduleLoop>());
        Assert.NotNull(parts.GetRequiredService<Infrastructure>());
        Assert.NotNull(parts.GetRequiredService<Controller>());
        // An instance outside of the cluster is reached by a port-forward, which ends with the target.
        Assert.NotEqual(0, parts.GetRequiredService<IAddresses>().AddressOf(new("default", "cortex"), new(), "cortex-pr").Port);
    }
}
