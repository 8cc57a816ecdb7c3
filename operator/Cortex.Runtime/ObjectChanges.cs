using System.Threading.Channels;
using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Tells that one object may have changed, so that whoever waits for it looks when there is something to see and not many times a second.
/// It is a hint and no more: where the watch behind it fails or falls silent, a look becomes due after a while all the same.
/// </summary>
public sealed class ObjectChanges<T> : IAsyncDisposable where T : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    private readonly Channel<bool> heard = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource<T> gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
    /// Waits until something was heard of the object since the last call, but not for longer than <paramref name="atMost"/>.
    /// </summary>
    public async Task NextAsync(TimeSpan atMost, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            await heard.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// The object as it was when it went, the first one of its name that was seen to go: with the last status that anybody gave it, which
    /// whoever reads it from time to time may miss.
    /// </summary>
    /// <returns>Null where that was not heard in time.</returns>
    public async Task<T?> GoneAsync(TimeSpan atMost, CancellationToken ct)
    {
        try
        {
            return await gone.Task.WaitAsync(atMost, clock, ct);
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

    /// <summary>A watch without a version begins with the object as it is, so nothing is missed between two of them.</summary>
    private async Task ListenAsync()
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await foreach (var (type, item) in WatchStream.ReadAsync(api, watch, Silence, clock, end.Token))
                {
                    if (type is "DELETED")
                    {
                        gone.TrySetResult(KubernetesJson.Deserialize<T>(item));
                    }

                    heard.Writer.TryWrite(true);
                }
            }
            catch (Exception)
            {
                // Whatever it was, half a line of a connection that broke as well: whoever waits looks without being told.
            }

            await Task.Delay(Pause, clock, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
