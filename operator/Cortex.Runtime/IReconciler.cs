namespace Cortex.Runtime;

/// <summary>
/// Moves the actual state towards the state that one object asks for. It is level-triggered: its argument is the object, not the change,
/// and it is called again after every possible change. It is never called twice at the same time for the same key.
/// </summary>
public interface IReconciler
{
    /// <param name="key">The object to reconcile. It may no longer exist.</param>
    /// <param name="ct">Cancelled when leadership is lost, or when the shutdown timeout has passed. Stop writing immediately.</param>
    /// <returns>When to reconcile again if nothing changes.</returns>
    /// <remarks>Every exception causes a retry with the key's own back-off.</remarks>
    Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct);
}
