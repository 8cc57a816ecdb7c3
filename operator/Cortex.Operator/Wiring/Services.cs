using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Engine.Act;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;
using Cortex.Operator.Clients;
using Cortex.Operator.Controllers;
using Cortex.Runtime;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Wiring;

/// <summary>Who gets what: the one place that knows every part.</summary>
public static class Services
{
    private const string Component = "cortex-operator";

    /// <summary>Everything behind the API that <paramref name="client"/> speaks to, with Podman as the target.</summary>
    public static IServiceCollection AddCortex(this IServiceCollection services, Kubernetes client, PodmanOptions podman) => services
        .AddMetrics()
        .AddSingleton(TimeProvider.System)
        .AddSingleton<Func<double>>(Random.Shared.NextDouble)
        .AddSingleton<IExecutionTarget>(parts => new PodmanTarget(podman, parts.GetRequiredService<TimeProvider>(), parts.GetRequiredService<ILoggerFactory>()))
        .AddEngine()
        .AddControlLoop(client);

    private static IServiceCollection AddEngine(this IServiceCollection services) => services
        .AddSingleton<SecretVault>()
        .AddSingleton<PostgresSessions>()
        .AddSingleton<ImageExaminer>()
        .AddSingleton<Provisioning>()
        .AddSingleton<Credentials>()
        .AddSingleton<InstanceLife>()
        .AddSingleton<Replication>()
        .AddSingleton<Synchrony>()
        .AddSingleton<ClusterObserver>()
        .AddSingleton<PlanExecutor>()
        .AddSingleton<ClusterLedger>()
        .AddSingleton<IClusterRecords, ClusterRecords>()
        .AddSingleton<ClusterReconciler>();

    private static IServiceCollection AddControlLoop(this IServiceCollection services, Kubernetes client) => services
        .AddSingleton(client)
        .AddSingleton<ApiConnection>()
        .AddSingleton<ResourceClient<CortexCluster>>()
        .AddSingleton(new EventOptions(Component, Environment.MachineName))
        .AddSingleton<Events>()
        .AddSingleton<RuntimeMetrics>()
        .AddSingleton(new ControllerOptions("clusters"))
        .AddSingleton<ClusterController>()
        .AddSingleton<IReconciler>(parts => parts.GetRequiredService<ClusterController>())
        .AddSingleton<Controller>()
        .AddSingleton<ILeadership, SoleLeadership>()
        .AddSingleton(parts => new Informer<CortexCluster>(
            parts.GetRequiredService<ApiConnection>(),
            new InformerOptions(),
            change =>
            {
                if (ClusterController.IsWish(change))
                {
                    // In this order: a pass that begins after the change has read it, and is not to be hurried.
                    parts.GetRequiredService<ClusterController>().Hurry(change.Key);
                    parts.GetRequiredService<Controller>().Enqueue(change.Key);
                }
            },
            parts.GetRequiredService<TimeProvider>(),
            parts.GetRequiredService<Func<double>>(),
            parts.GetRequiredService<ILogger<Informer<CortexCluster>>>()))
        .AddSingleton<ControlLoop<CortexCluster>>();
}
