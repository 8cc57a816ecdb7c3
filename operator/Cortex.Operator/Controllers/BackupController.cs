using Cortex.Engine.Backup;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>From a key in the work queue to a pass over a backup.</summary>
public sealed class BackupController(BackupReconciler backups) : IReconciler
{
    public Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct) =>
        backups.ReconcileAsync(key.Namespace, key.Name, ct).ToOutcomeAsync();
}
