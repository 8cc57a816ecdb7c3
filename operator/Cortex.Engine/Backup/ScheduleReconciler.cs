using Cortex.Core.Api;
using Cortex.Core.Backup;

namespace Cortex.Engine.Backup;

/// <summary>
/// One pass over the schedule of one cluster: it makes the resource of a backup that is due, and <see cref="BackupReconciler"/> does the
/// rest. It runs beside the passes over the cluster, so that nothing that holds up one of them holds up the other.
/// </summary>
public sealed class ScheduleReconciler(IClusterRecords clusters, IScheduledBackups backups, TimeProvider clock)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Null where there is nothing to do until the resource changes.</summary>
    public async Task<NextLook?> ReconcileAsync(ClusterKey key, CancellationToken ct)
    {
        var cluster = await clusters.ReadAsync(key, ct);
        if (ArchiveGap.Repair(cluster, backups.Of(key)) is { } repair)
        {
            await backups.MakeAsync(repair, ct);
        }

        if (cluster?.Spec.Backup?.Schedule is not null && ScheduleTimes.IsBusy(cluster))
        {
            return new NextLook(RetryDelay, "the status is being written by a pass");
        }

        var (schedule, now) = (cluster?.Spec.Backup?.Schedule, clock.GetUtcNow());
        var decision = ScheduleDecision.Of(cluster, backups.Of(key), schedule is null ? null : ScheduleTimes.Zone(schedule.TimeZone), now);
        // The backup comes first: if only the status were written, it would never be made.
        if (decision.Make is { } backup)
        {
            await backups.MakeAsync(backup, ct);
        }

        if (cluster?.Status is { Backup: { } before } status && before.Schedule != decision.Status)
        {
            await clusters.WriteStatusAsync(cluster, status, status with { Backup = before with { Schedule = decision.Status } }, ct);
        }

        // Last: a backup that was made and not recorded yet says by its resource that its time is done.
        foreach (var unneeded in decision.Remove)
        {
            await backups.RemoveAsync(unneeded, ct);
        }

        return schedule is null ? null : new NextLook(ScheduleTimes.Delay(decision.Status?.Next, now), decision.Why);
    }
}
