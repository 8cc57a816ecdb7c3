using Cortex.Core.Api;
using Cortex.Engine.Backup;
using Cortex.Engine.Targets.Podman;
using Cortex.Operator.Controllers;
using Cortex.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Wiring;

/// <summary>
/// The control loop of backups. It runs beside that of clusters, where backups can be made: on Podman, with the embedded API.
/// </summary>
internal static class BackupServices
{
    /// <summary>
    /// One after the other, so that two backups never start on one instance. A pass starts a container or looks at one; none waits for
    /// its end.
    /// </summary>
    private const int BackupsAtOnce = 1;

    public static bool AreOffered(OperatorOptions options) => options is { IsEmbedded: true, Target: ExecutionTarget.Podman };

    public static IServiceCollection AddBackups(this IServiceCollection services, OperatorOptions options) => !AreOffered(options)
        ? services
        : services
        .AddSingleton<IBackupJobs>(parts => parts.GetRequiredService<PodmanTarget>())
        .AddSingleton<ResourceClient<CortexBackup>>()
        .AddSingleton<IBackupRecords, BackupRecords>()
        .AddSingleton<BackupReconciler>()
        .AddSingleton<BackupController>()
        .AddSingleton(Loop);

    private static ControlLoop<CortexBackup> Loop(IServiceProvider parts)
    {
        var (clock, jitter) = (parts.GetRequiredService<TimeProvider>(), parts.GetRequiredService<Func<double>>());
        var logs = parts.GetRequiredService<ILoggerFactory>();
        var controller = new Controller(
            new ControllerOptions("backups") { Workers = BackupsAtOnce },
            parts.GetRequiredService<BackupController>(),
            parts.GetRequiredService<RuntimeMetrics>(),
            clock,
            jitter,
            logs.CreateLogger<Controller>());
        var informer = new Informer<CortexBackup>(
            parts.GetRequiredService<ApiConnection>(),
            new InformerOptions(),
            change => controller.Enqueue(change.Key),
            clock,
            jitter,
            logs.CreateLogger<Informer<CortexBackup>>());
        return new ControlLoop<CortexBackup>(informer, new SoleLeadership(), controller);
    }
}
