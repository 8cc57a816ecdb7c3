using Cortex.Core.Api;
using Cortex.Engine.Backup;
using Cortex.Engine.Targets;
using Cortex.Operator.Controllers;
using Cortex.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Wiring;

/// <summary>
/// The control loops of backups, of their schedules and of restore tests. They run beside that of clusters, in the same terms of
/// leadership: what they know of a repository was read by the passes over its cluster.
/// </summary>
internal static class BackupServices
{
    /// <summary>
    /// One after the other, so that two backups never start on one instance. A pass starts a container or looks at one; none waits for
    /// its end.
    /// </summary>
    private const int BackupsAtOnce = 1;

    private const string Backups = "backups";
    private const string Schedules = "schedules";
    private const string Verifications = "verifications";

    /// <summary>One after the other, so that two restore tests never count the same room on the disk.</summary>
    private const int VerificationsAtOnce = 1;

    public static IServiceCollection AddBackups(this IServiceCollection services, OperatorOptions options) => services
        .AddSingleton<ResourceClient<CortexBackup>>()
        .AddSingleton<IBackupRecords, BackupRecords>()
        .AddSingleton<BackupReconciler>()
        .AddSingleton<BackupController>()
        .AddSingleton<IScheduledBackups, ScheduledBackups>()
        .AddSingleton<ScheduleReconciler>()
        .AddSingleton<ScheduleController>()
        .AddSingleton<IVerificationSource, VerificationSource>()
        .AddSingleton<VerificationReconciler>()
        .AddSingleton<VerificationController>()
        .AddKeyedSingleton(Backups, (parts, _) => Controller(
            parts, new ControllerOptions(Backups) { Workers = BackupsAtOnce }, parts.GetRequiredService<BackupController>()))
        .AddKeyedSingleton(Schedules, (parts, _) => Controller(
            parts, new ControllerOptions(Schedules), parts.GetRequiredService<ScheduleController>()))
        .AddKeyedSingleton(Verifications, (parts, _) => Controller(
            parts,
            new ControllerOptions(Verifications) { Workers = VerificationsAtOnce },
            parts.GetRequiredService<VerificationController>()))
        .AddSingleton(parts => Informer(parts, options))
        .AddSingleton(parts => new ControlLoop<CortexBackup>(
            parts.GetRequiredService<Informer<CortexBackup>>(),
            parts.GetRequiredService<SharedLeadership>().Follow(),
            parts.GetRequiredKeyedService<Controller>(Backups)))
        .AddSingleton(parts => new TargetWatch(
            parts.GetRequiredService<ITargetEvents>(),
            parts.GetRequiredService<Controller>(),
            parts.GetRequiredKeyedService<Controller>(Backups),
            parts.GetRequiredService<Informer<CortexBackup>>()))
        .AddSingleton(parts => new ScheduleLoop(
            parts.GetRequiredKeyedService<Controller>(Schedules),
            parts.GetRequiredKeyedService<Controller>(Verifications),
            parts.GetRequiredService<Informer<CortexBackup>>(),
            parts.GetRequiredService<Informer<CortexCluster>>(),
            parts.GetRequiredService<SharedLeadership>()));

    private static Controller Controller(IServiceProvider parts, ControllerOptions options, IReconciler reconciler) => new(
        options,
        reconciler,
        parts.GetRequiredService<RuntimeMetrics>(),
        parts.GetRequiredService<TimeProvider>(),
        parts.GetRequiredService<Func<double>>(),
        parts.GetRequiredService<ILogger<Controller>>());

    private static Informer<CortexBackup> Informer(IServiceProvider parts, OperatorOptions options) => new(
        parts.GetRequiredService<ApiConnection>(),
        new InformerOptions { Namespace = options.Namespace ?? "" },
        change =>
        {
            parts.GetRequiredKeyedService<Controller>(Backups).Enqueue(change.Key);
            if (ScheduleController.Concerns(change))
            {
                // What can be restored is in the status of the cluster at once, and not only when its repository is next read.
                parts.GetRequiredService<Controller>().Enqueue(ClusterRecords.Key(ScheduledBackups.Cluster(change.Item)));
                parts.GetRequiredService<ScheduleLoop>().Enqueue(ClusterRecords.Key(ScheduledBackups.Cluster(change.Item)));
            }
        },
        parts.GetRequiredService<TimeProvider>(),
        parts.GetRequiredService<Func<double>>(),
        parts.GetRequiredService<ILogger<Informer<CortexBackup>>>());
}
