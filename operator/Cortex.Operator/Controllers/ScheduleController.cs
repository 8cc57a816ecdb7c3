using Cortex.Core.Api;
using Cortex.Engine.Backup;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>From a key in the work queue to a pass over the schedule of a cluster.</summary>
public sealed class ScheduleController(ScheduleReconciler schedules) : IReconciler
{
    public Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct) =>
        schedules.ReconcileAsync(new ClusterKey(key.Namespace, key.Name), ct).ToOutcomeAsync();

    /// <summary>Whether a change of a cluster's status can be one for it: WAL was given up.</summary>
    public static bool Concerns(Change<CortexCluster> change) =>
        change.Before?.Status?.Backup?.Archive?.Gap != change.Item.Status?.Backup?.Archive?.Gap;

    /// <summary>Whether a change of a backup can be one for the schedule: it has begun, has ended, or is gone.</summary>
    public static bool Concerns(Change<CortexBackup> change) => change.Before?.Status?.Phase != change.Item.Status?.Phase
        || change.Kind is not ChangeKind.Modified;
}
