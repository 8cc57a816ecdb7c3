using Cortex.Engine;
using Cortex.Engine.Backup;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>From a key in the work queue to a pass over a backup.</summary>
public sealed class BackupController(BackupReconciler backups) : IReconciler
{
    public async Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            return await backups.ReconcileAsync(key.Namespace, key.Name, ct) is { } next
                ? new Outcome.RequeueAfter(next.After, next.Why)
                : new Outcome.Done();
        }
        catch (RecordConflictException stale)
        {
            return new Outcome.RequeueAfter(TimeSpan.Zero, stale.Message);
        }
    }
}
