using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Engine.Act;
using Cortex.Engine.Memory;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Operator.Controllers;
using Cortex.Operator.LocalState;
using Cortex.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using k8s;

namespace Cortex.Operator.Wiring;

/// <summary>Who gets what: the one place that knows every part.</summary>
public static class Services
{
    private const string Component = "cortex-operator";

    /// <summary>A pass waits for servers most of its time; what takes hours, no pass waits for.</summary>
    private const int ClustersAtOnce = 8;

    /// <summary>Everything behind the API that <paramref name="client"/> speaks to.</summary>
    public static IServiceCollection AddCortex(this IServiceCollection services, Kubernetes client, OperatorOptions options) => services
        .AddMetrics()
        .AddSingleton(TimeProvider.System)
        .AddSingleton<Func<double>>(Random.Shared.NextDouble)
        .AddTarget(options)
        .AddEngine()
        .AddRecords(options)
        .AddLeadership(client, options)
        .AddControlLoop(client, options);

    /// <summary>What <c>down</c> may remove from this machine is written down; from a Kubernetes cluster the deletion of the resource removes it.</summary>
    private static IServiceCollection AddRecords(this IServiceCollection services, OperatorOptions options) => services
        .AddSingleton<Wishes>()
        .AddSingleton<IClusterRecords>(parts => new ClusterRecords(
            parts.GetRequiredService<ResourceClient<CortexCluster>>(),
            parts.GetRequiredService<EventRecorder>(),
            options.Target == ExecutionTarget.Podman ? new ClusterLedger(new StateDirectory(options.StateDirectory)) : null,
            parts.GetRequiredService<Wishes>()));

    private static IServiceCollection AddLeadership(this IServiceCollection services, Kubernetes client, OperatorOptions options) => options is { LeaderElect: true, OwnNamespace: { } home }
        ? services
            .AddSingleton(new LeaseOptions(home, Component, $"{Environment.MachineName}-{Guid.NewGuid():N}"))
            .AddSingleton<ILeadership>(parts => new LeaseLeadership(
                client, parts.GetRequiredService<LeaseOptions>(), parts.GetRequiredService<TimeProvider>(), parts.GetRequiredService<ILogger<LeaseLeadership>>()))
        : services.AddSingleton<ILeadership, SoleLeadership>();

    private static IServiceCollection AddEngine(this IServiceCollection services) => services
        .AddSingleton<ClusterMemory>()
        .AddSingleton<SecretVault>()
        .AddSingleton<PostgresSessions>()
        .AddSingleton<ImageExaminer>()
        .AddSingleton<ConfigurationProofs>()
        .AddSingleton<Provisioning>()
        .AddSingleton<Infrastructure>()
        .AddSingleton<Credentials>()
        .AddSingleton<InstanceLife>()
        .AddSingleton<Replication>()
        .AddSingleton<Synchrony>()
        .AddSingleton<ClusterObserver>()
        .AddSingleton<PlanExecutor>()
        .AddSingleton<ClusterReconciler>();

    private static IServiceCollection AddControlLoop(this IServiceCollection services, Kubernetes client, OperatorOptions options) => services
        .AddSingleton(client)
        .AddSingleton<ApiConnection>()
        .AddSingleton<ResourceClient<CortexCluster>>()
        .AddSingleton(new EventOptions(Component, Environment.MachineName))
        .AddSingleton<EventRecorder>()
        .AddSingleton<RuntimeMetrics>()
        .AddSingleton(new ControllerOptions("clusters") { Workers = ClustersAtOnce })
        .AddSingleton<ClusterController>()
        .AddSingleton<IReconciler>(parts => parts.GetRequiredService<ClusterController>())
        .AddSingleton<Controller>()
        .AddSingleton(parts => new Informer<CortexCluster>(
            parts.GetRequiredService<ApiConnection>(),
            new InformerOptions { Namespace = options.Namespace ?? "" },
            change =>
            {
                parts.GetRequiredService<Wishes>().Note(change);
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
