using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Engine.Act;
using Cortex.Engine.Backup;
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

/// <summary>The composition root: the only place that knows every part.</summary>
public static class Services
{
    private const string Component = "cortex-operator";

    /// <summary>
    /// The number of passes at the same time. A pass mostly waits for servers, and it does not wait for work that takes hours.
    /// </summary>
    private const int ConcurrentPasses = 8;

    /// <summary>Adds all parts of the operator for the API of <paramref name="client"/>.</summary>
    public static IServiceCollection AddCortex(this IServiceCollection services, Kubernetes client, OperatorOptions options) => services
        .AddMetrics()
        .AddSingleton(TimeProvider.System)
        .AddSingleton<Func<double>>(Random.Shared.NextDouble)
        .AddTarget(options)
        .AddEngine()
        .AddRecords(options)
        .AddLeadership(client, options)
        .AddControlLoop(client, options)
        .AddBackups(options);

    /// <summary>
    /// With Podman, a ledger lists what <c>down</c> may remove from this machine. On Kubernetes, deleting the resource removes everything.
    /// </summary>
    private static IServiceCollection AddRecords(this IServiceCollection services, OperatorOptions options) => services
        .AddSingleton<PromoteChanges>()
        .AddSingleton<IClusterRecords>(parts => new ClusterRecords(
            parts.GetRequiredService<ResourceClient<CortexCluster>>(),
            parts.GetRequiredService<EventRecorder>(),
            options.Target == ExecutionTarget.Podman ? new ClusterLedger(new StateDirectory(options.StateDirectory)) : null,
            parts.GetRequiredService<PromoteChanges>()));

    private static IServiceCollection AddLeadership(this IServiceCollection services, Kubernetes client, OperatorOptions options) =>
        options is { LeaderElect: true, OwnNamespace: { } home }
        ? services
            .AddSingleton(new LeaseOptions(home, Component, $"{Environment.MachineName}-{Guid.NewGuid():N}"))
            .AddSingleton(parts => new SharedLeadership(new LeaseLeadership(
                client,
                parts.GetRequiredService<LeaseOptions>(),
                parts.GetRequiredService<TimeProvider>(),
                parts.GetRequiredService<ILogger<LeaseLeadership>>())))
            .AddSingleton<ILeadership>(parts => parts.GetRequiredService<SharedLeadership>())
        : services
            .AddSingleton(new SharedLeadership(new SoleLeadership()))
            .AddSingleton<ILeadership>(parts => parts.GetRequiredService<SharedLeadership>());

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
        .AddSingleton<Archives>()
        .AddSingleton<ArchiveHandOver>()
        .AddSingleton<RestoreSources>()
        .AddSingleton<DataInspection>()
        .AddSingleton<ClusterObserver>()
        .AddSingleton<PlanExecutor>()
        .AddSingleton<ClusterReconciler>();

    private static IServiceCollection AddControlLoop(
        this IServiceCollection services, Kubernetes client, OperatorOptions options) => services
        .AddSingleton(client)
        .AddSingleton<ApiConnection>()
        .AddSingleton<ResourceClient<CortexCluster>>()
        .AddSingleton(new EventOptions(Component, Environment.MachineName))
        .AddSingleton<EventRecorder>()
        .AddSingleton<RuntimeMetrics>()
        .AddSingleton(new ControllerOptions("clusters") { Workers = ConcurrentPasses })
        .AddSingleton<ClusterController>()
        .AddSingleton<IReconciler>(parts => parts.GetRequiredService<ClusterController>())
        .AddSingleton<Controller>()
        .AddSingleton(parts => new Informer<CortexCluster>(
            parts.GetRequiredService<ApiConnection>(),
            new InformerOptions { Namespace = options.Namespace ?? "" },
            change =>
            {
                parts.GetRequiredService<PromoteChanges>().Record(change);
                if (ClusterController.IsUserChange(change))
                {
                    // In this order: a pass that begins after the change has read the change, so its waits must not be ended.
                    parts.GetRequiredService<ClusterController>().EndWaitsOf(change.Key);
                }

                if (ClusterController.IsUserChange(change) || VerificationController.HasEnded(change))
                {
                    parts.GetRequiredService<Controller>().Enqueue(change.Key);
                }

                if (ClusterController.IsUserChange(change) || ScheduleController.Concerns(change))
                {
                    parts.GetService<ScheduleLoop>()?.Enqueue(change.Key);
                }
                else if (VerificationController.Asks(change))
                {
                    parts.GetService<ScheduleLoop>()?.EnqueueVerification(change.Key);
                }
            },
            parts.GetRequiredService<TimeProvider>(),
            parts.GetRequiredService<Func<double>>(),
            parts.GetRequiredService<ILogger<Informer<CortexCluster>>>()))
        .AddSingleton<ControlLoop<CortexCluster>>();
}
