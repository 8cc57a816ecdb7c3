using System.Collections.Concurrent;
using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>Runs a pass of the engine for a key of the work queue.</summary>
public sealed class ClusterController(ClusterReconciler clusters) : IReconciler
{
    private readonly ConcurrentDictionary<ObjectKey, CancellationTokenSource> running = new();

    public async Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        using var specChanged = new CancellationTokenSource();
        running[key] = specChanged;
        try
        {
            return await clusters.ReconcileAsync(new ClusterKey(key.Namespace, key.Name), specChanged.Token, ct).ToOutcomeAsync();
        }
        finally
        {
            running.TryRemove(key, out _);
        }
    }

    /// <summary>Ends the waits that an edit ends (ADR 26) of the pass that runs for this key.</summary>
    public void EndWaitsOf(ObjectKey key)
    {
        if (running.TryGetValue(key, out var specChanged))
        {
            try
            {
                specChanged.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The pass has just ended; the queue has the key for the next pass.
            }
        }
    }

    /// <summary>Whether a change of the resource is a user's change; the operator's own writes to the status are not.</summary>
    public static bool IsUserChange(Change<CortexCluster> change) =>
        change.Before is not { } before
        || before.Metadata.Generation != change.Item.Metadata.Generation
        || before.Metadata.DeletionTimestamp != change.Item.Metadata.DeletionTimestamp
        || before.Metadata.Uid != change.Item.Metadata.Uid;
}
