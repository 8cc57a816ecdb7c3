using Microsoft.Extensions.Logging;

namespace Cortex.Runtime;

/// <param name="Name">Names the controller in logs and metrics.</param>
public sealed record ControllerOptions(string Name)
{
    /// <summary>How many different keys may be reconciled at once.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>How long a running reconcile may go on after the stop was asked for.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    public BackoffPolicy Backoff { get; init; } = BackoffPolicy.Default;
}

/// <summary>
/// Runs an <see cref="IReconciler"/> for the keys it is given. The contract is that of controller-runtime
/// (https://pkg.go.dev/sigs.k8s.io/controller-runtime/pkg/reconcile): an error is retried with back-off, a look again resets it.
/// </summary>
/// <param name="chance">Jitter of the back-off: a number from 0 to below 1.</param>
public sealed partial class Controller(
    ControllerOptions options, IReconciler reconciler, RuntimeMetrics metrics, TimeProvider time,
    Func<double> chance, ILogger<Controller> logger) : IDisposable
{
    private const long Resting = -1;

    private readonly WorkQueue queue = new(new Backoff(options.Backoff, chance), time);
    private int watched;
    private long workingSince = Resting;

    /// <summary>
    /// Why no progress can be expected any more; null while all is well, and while nobody asked for work. A reconcile that takes long is no
    /// fault, it may copy a database: only a key that nobody takes although a worker should be free.
    /// </summary>
    /// <param name="patience">How long a key may wait for a free worker.</param>
    public string? WhyStuck(TimeSpan patience) =>
        Volatile.Read(ref workingSince) is not Resting and var began
            && queue.LeftWaitingSince(options.Workers) is { } since
            && time.GetElapsedTime(Math.Max(began, since)) is var waits
            && waits > patience
            ? $"{options.Name}: a key has waited for {waits:g} although a worker should be free"
            : null;

    /// <summary>Asks for a reconcile from outside, for instance because a container of the object died. Kept while nothing runs.</summary>
    public void Enqueue(ObjectKey key) => queue.Add(key);

    /// <summary>
    /// Works until either token is cancelled and what ran has ended. May be called again, for the next term of leadership.
    /// </summary>
    /// <param name="term">Leadership. Its end cancels running reconciles at once: another may be leading already.</param>
    /// <param name="stop">Shutdown. Running reconciles may finish within <see cref="ControllerOptions.StopGrace"/>; no new one
    /// starts.</param>
    public async Task RunAsync(CancellationToken term, CancellationToken stop)
    {
        if (Interlocked.Exchange(ref watched, 1) == 0)
        {
            metrics.Watch(options.Name, queue);
        }

        using var take = CancellationTokenSource.CreateLinkedTokenSource(term, stop);
        using var grace = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(term, grace.Token);
        await using var stopping = stop.Register(() => grace.CancelAfter(options.StopGrace));
        Volatile.Write(ref workingSince, time.GetTimestamp());
        try
        {
            await Task.WhenAll(
                Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => WorkOrEndAllAsync(take, work), CancellationToken.None)));
        }
        finally
        {
            Volatile.Write(ref workingSince, Resting);
        }
    }

    public void Dispose() => queue.Dispose();

    /// <summary>
    /// A worker that ends by a fault of its own ends the others: with fewer than there should be, keys would wait for ever and nobody would
    /// notice.
    /// </summary>
    private async Task WorkOrEndAllAsync(CancellationTokenSource take, CancellationTokenSource work)
    {
        try
        {
            await WorkAsync(take.Token, work.Token);
        }
        catch
        {
            await take.CancelAsync();
            await work.CancelAsync();
            throw;
        }
    }

    private async Task WorkAsync(CancellationToken take, CancellationToken work)
    {
        try
        {
            while (await queue.TakeAsync(take) is { } key)
            {
                try
                {
                    await ReconcileAsync(key, work);
                }
                finally
                {
                    queue.Done(key);
                }
            }
        }
        catch (OperationCanceledException) when (take.IsCancellationRequested)
        {
        }
    }

    private async Task ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var result = await TryReconcileAsync(key, ct);
        metrics.Reconciled(options.Name, result, time.GetElapsedTime(started));
    }

    private async Task<ReconcileResult> TryReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            return Settle(key, await reconciler.ReconcileAsync(key, ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Whatever was cut short is the first thing to look at, should this process lead again.
            queue.Add(key);
            Cancelled(options.Name, key);
            return ReconcileResult.Cancelled;
        }
        catch (Exception e)
        {
            Failed(e, options.Name, key, queue.AddRateLimited(key));
            return ReconcileResult.Error;
        }
    }

    private ReconcileResult Settle(ObjectKey key, Outcome outcome)
    {
        queue.Forget(key);
        if (outcome is not Outcome.LookAgain(var after, var reason))
        {
            return ReconcileResult.Done;
        }

        queue.AddAfter(key, after);
        WillLookAgain(options.Name, key, after, reason);
        return ReconcileResult.LookAgain;
    }

    [LoggerMessage(1000, LogLevel.Warning, "{Controller}: reconciling {Key} failed, trying again in {Delay}")]
    private partial void Failed(Exception e, string controller, ObjectKey key, TimeSpan delay);

    [LoggerMessage(1002, LogLevel.Information, "{Controller}: reconciling {Key} was cut short")]
    private partial void Cancelled(string controller, ObjectKey key);

    [LoggerMessage(1003, LogLevel.Debug, "{Controller}: looking at {Key} again in {After}: {Reason}")]
    private partial void WillLookAgain(string controller, ObjectKey key, TimeSpan after, string reason);
}
