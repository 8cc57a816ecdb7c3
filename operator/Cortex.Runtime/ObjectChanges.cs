using System.Threading.Channels;
using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Signals that one object may have changed, so that a caller which waits for a change does not have to poll many times a second. The
/// signal is only a hint: the wait also ends after a time limit, in case the watch fails or falls silent.
/// </summary>
public sealed class ObjectChanges<T> : IAsyncDisposable where T : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromMinutes(10);

    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource<T> deleted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource end = new();
    private readonly ApiConnection api;
    private readonly string watch;
    private readonly TimeProvider clock;
    private readonly Task listening;

    internal ObjectChanges(ApiConnection api, string watch, TimeProvider clock)
    {
        (this.api, this.watch, this.clock) = (api, watch, clock);
        listening = ListenAsync();
    }

    /// <summary>
    /// Waits until a change of the object was reported since the last call, but no longer than <paramref name="timeout"/>.
    /// </summary>
    public async Task NextAsync(TimeSpan timeout, CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        try
        {
            await changed.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// The last state of the object, for the first object of its name whose deletion was reported. It contains the final status, which a
    /// caller that polls the object may miss.
    /// </summary>
    /// <returns>Null when no deletion was reported in time.</returns>
    public async Task<T?> GoneAsync(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            return await deleted.Task.WaitAsync(timeout, clock, ct);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await listening;
        end.Dispose();
    }

    /// <summary>
    /// A watch without a version starts with the current state of the object, so no change is missed between two watches.
    /// </summary>
    private async Task ListenAsync()
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await foreach (var (type, item) in WatchStream.ReadAsync(api, watch, SilenceTimeout, clock, end.Token))
                {
                    if (type is "DELETED")
                    {
                        deleted.TrySetResult(KubernetesJson.Deserialize<T>(item));
                    }

                    changed.Writer.TryWrite(true);
                }
            }
            catch (Exception)
            {
                // Any failure, including a truncated line of a broken connection: the caller's wait ends by its time limit.
            }

            await Task.Delay(ReconnectDelay, clock, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
