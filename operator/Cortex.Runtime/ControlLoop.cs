using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Runs an informer, a leadership and a controller together: every process watches, so that a takeover begins with a warm cache; only the
/// leader reconciles, and each term begins with every object, since the leader before may have left off anywhere.
/// </summary>
public sealed class ControlLoop<T>(Informer<T> informer, ILeadership leadership, Controller controller)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private bool ended;

    /// <summary>It was run and runs no more, for whatever reason.</summary>
    public bool HasEnded => Volatile.Read(ref ended);

    /// <summary>Runs until stopped and until what ran has ended.</summary>
    /// <exception cref="InvalidOperationException">The informer or the leadership ended before that: neither is of use without the
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
            throw new InvalidOperationException($"{(first == watch ? "the informer" : "the leadership")} ended before it was told to");
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
