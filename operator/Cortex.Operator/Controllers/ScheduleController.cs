using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Engine.Backup;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>From a key in the work queue to a pass over the schedule of a cluster.</summary>
public sealed class ScheduleController(ScheduleReconciler schedules) : IReconciler
{
    public async Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            return await schedules.ReconcileAsync(new ClusterKey(key.Namespace, key.Name), ct) is { } next
                ? new Outcome.RequeueAfter(next.After, next.Why)
                : new Outcome.Done();
        }
        catch (RecordConflictException stale)
        {
            return new Outcome.RequeueAfter(TimeSpan.Zero, stale.Message);
        }
    }

    /// <summary>Whether a change of a backup can be one for the schedule: it has begun, has ended, or is gone.</summary>
    public static bool Concerns(Change<CortexBackup> change) => change.Before?.Status?.Phase != change.Item.Status?.Phase
        || change.Kind is not ChangeKind.Modified;
}
