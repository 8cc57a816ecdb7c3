using System.Collections.Concurrent;
using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>From a key in the work queue to a pass of the engine.</summary>
public sealed class ClusterController(ClusterReconciler clusters) : IReconciler
{
    private readonly ConcurrentDictionary<ObjectKey, CancellationTokenSource> running = new();

    public async Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        using var wish = new CancellationTokenSource();
        running[key] = wish;
        try
        {
            return await clusters.ReconcileAsync(new ClusterKey(key.Namespace, key.Name), wish.Token, ct) is { } next
                ? new Outcome.RequeueAfter(next.After, next.Why)
                : new Outcome.Done();
        }
        catch (RecordConflictException stale)
        {
            return new Outcome.RequeueAfter(TimeSpan.Zero, stale.Message);
        }
        finally
        {
            running.TryRemove(key, out _);
        }
    }

    /// <summary>Ends what an edit does not wait for in a pass that is under way for this key: see ADR 26.</summary>
    public void Hurry(ObjectKey key)
    {
        if (running.TryGetValue(key, out var wish))
        {
            try
            {
                wish.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended this instant; the queue has the key for the next pass.
            }
        }
    }

    /// <summary>Whether a change of the resource is somebody's wish; our own status writes are not.</summary>
    public static bool IsWish(Change<CortexCluster> change) =>
        change.Before is not { } before
        || before.Metadata.Generation != change.Item.Metadata.Generation
        || before.Metadata.DeletionTimestamp != change.Item.Metadata.DeletionTimestamp
        || before.Metadata.Uid != change.Item.Metadata.Uid;
}
