using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Runs an informer, a leadership and a controller together. Every process watches, so that a new leader starts with a filled cache. Only
/// the leader reconciles, and each term starts with every object, because the previous leader may have stopped at any point.
/// </summary>
public sealed class ControlLoop<T>(Informer<T> informer, ILeadership leadership, Controller controller)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private bool ended;

    /// <summary>Whether the loop has run and has ended, for any reason.</summary>
    public bool HasEnded => Volatile.Read(ref ended);

    /// <summary>Runs until stopped, and returns when everything that it started has ended.</summary>
    /// <exception cref="InvalidOperationException">The informer or the leadership ended before the stop. One is useless without the
    /// other.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        // Not linked to the stop: the last reconciles may still read the cache.
        using var watching = new CancellationTokenSource();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var (watch, lead) = (informer.RunAsync(watching.Token), leadership.RunAsync(LeadAsync, ending.Token));
        var first = await Task.WhenAny(watch, lead);
        var early = !stop.IsCancellationRequested;
        await ending.CancelAsync();
        await ((Task)lead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Volatile.Write(ref ended, true);
        await watching.CancelAsync();
        await Task.WhenAll(watch, lead);
        if (early)
        {
            throw new InvalidOperationException($"{(first == watch ? "the informer" : "the leadership")} ended before the shutdown");
        }
    }

    private async Task LeadAsync(Term term)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(term.Token, term.Stopping);
        await informer.WaitForSyncAsync(ends.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var key in informer.Cache.Keys)
        {
            controller.Enqueue(key);
        }

        await controller.RunAsync(term.Token, term.Stopping);
    }
}
