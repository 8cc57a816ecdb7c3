namespace Cortex.Runtime;

/// <summary>
/// Brings the world towards what one object asks for. Level-triggered: it is told which object, never what happened to it, and is called
/// again for anything that may have changed. Never called twice at once for the same key.
/// </summary>
public interface IReconciler
{
    /// <param name="key">The object to look at. It may be gone by now.</param>
    /// <param name="ct">Cancelled when leadership is lost, or when the grace of a shutdown is over. Stop writing at once.</param>
    /// <returns>When to look again if nothing changes.</returns>
    /// <remarks>Every exception is retried with the key's own growing delay.</remarks>
    Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct);
}
