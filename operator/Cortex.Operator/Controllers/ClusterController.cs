using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>From a key in the work queue to a pass of the engine.</summary>
public sealed class ClusterController(ClusterReconciler clusters) : IReconciler
{
    public async Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            return await clusters.ReconcileAsync(new ClusterKey(key.Namespace, key.Name), ct) is { } next
                ? new Outcome.LookAgain(next.After, next.Why)
                : new Outcome.Done();
        }
        catch (RecordConflictException stale)
        {
            return new Outcome.LookAgain(TimeSpan.Zero, stale.Message);
        }
    }

    /// <summary>Whether a change of the resource is somebody's wish; our own status writes are not.</summary>
    public static bool IsWish(Change<CortexCluster> change) =>
        change.Before is not { } before
        || before.Metadata.Generation != change.Item.Metadata.Generation
        || before.Metadata.DeletionTimestamp != change.Item.Metadata.DeletionTimestamp
        || before.Metadata.Uid != change.Item.Metadata.Uid;
}
