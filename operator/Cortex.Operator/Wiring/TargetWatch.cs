using Cortex.Core.Api;
using Cortex.Engine.Targets;
using Cortex.Operator.Controllers;
using Cortex.Runtime;

namespace Cortex.Operator.Wiring;

/// <summary>
/// Queues a cluster, and the backups of it that are being made, as soon as one of its containers changes: without waiting for the next
/// resync, or for the next look at a backup.
/// </summary>
internal sealed class TargetWatch(
    ITargetEvents events, Controller clusters, Controller backups, Informer<CortexBackup> informer)
{
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var cluster in events.WatchAsync(stop))
            {
                clusters.Enqueue(ClusterRecords.Key(cluster));
                foreach (var backup in informer.Cache.Items.Where(backup => IsBeingMade(backup, cluster)))
                {
                    backups.Enqueue(ObjectKey.Of(backup));
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private static bool IsBeingMade(CortexBackup backup, ClusterKey cluster) =>
        backup.Status?.Phase == BackupPhases.Running && ScheduledBackups.Cluster(backup) == cluster;
}
