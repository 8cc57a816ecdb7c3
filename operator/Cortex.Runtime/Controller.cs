using Microsoft.Extensions.Logging;

namespace Cortex.Runtime;

/// <param name="Name">The controller's name in logs and metrics.</param>
public sealed record ControllerOptions(string Name)
{
    /// <summary>How many keys may be reconciled at the same time.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>How long a running reconcile may continue after a shutdown was requested.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public BackoffPolicy Backoff { get; init; } = BackoffPolicy.Default;
}

/// <summary>
/// Runs an <see cref="IReconciler"/> for the keys it is given. The contract is that of controller-runtime
/// (https://pkg.go.dev/sigs.k8s.io/controller-runtime/pkg/reconcile): an error is retried with back-off, and a success resets the back-off.
/// </summary>
/// <param name="jitter">Jitter of the back-off: returns a random number from 0 to below 1.</param>
public sealed partial class Controller(
    ControllerOptions options, IReconciler reconciler, RuntimeMetrics metrics, TimeProvider time,
    Func<double> jitter, ILogger<Controller> logger) : IDisposable
{
    private const long NotRunning = -1;

    private readonly WorkQueue queue = new(new Backoff(options.Backoff, jitter), time);
    private int isMetered;
    private long workingSince = NotRunning;

    /// <summary>
    /// Why the controller makes no progress; null while it does, and while it has no work. A long reconcile is no fault, nor is a key that
    /// waits while every worker is busy. It is a fault when a key waits although a worker should be free.
    /// </summary>
    /// <param name="limit">How long a key may wait while a worker should be free.</param>
    public string? WhyStuck(TimeSpan limit)
    {
        var began = Volatile.Read(ref workingSince);
        if (began is NotRunning || queue.WaitingSince(options.Workers) is not { } since)
        {
            return null;
        }

        var waits = time.GetElapsedTime(Math.Max(began, since));
        return waits > limit ? $"{options.Name}: a key has waited for {waits:g} although a worker should be free" : null;
    }

    /// <summary>
    /// Requests a reconcile from outside, for instance because a container of the object died. The request is kept while the controller
    /// does not run.
    /// </summary>
    public void Enqueue(ObjectKey key) => queue.Add(key);

    /// <summary>
    /// Runs the workers until either token is cancelled, and returns when they have ended. May be called again for the next term of
    /// leadership.
    /// </summary>
    /// <param name="term">Leadership. Its end cancels running reconciles immediately, because another process may lead already.</param>
    /// <param name="stop">Shutdown. Running reconciles may finish within <see cref="ControllerOptions.ShutdownTimeout"/>; no new one
    /// starts.</param>
    public async Task RunAsync(CancellationToken term, CancellationToken stop)
    {
        if (Interlocked.Exchange(ref isMetered, 1) == 0)
        {
            metrics.ObserveQueue(options.Name, queue);
        }

        using var take = CancellationTokenSource.CreateLinkedTokenSource(term, stop);
        using var grace = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(term, grace.Token);
        await using var stopping = stop.Register(() => grace.CancelAfter(options.ShutdownTimeout));
        Volatile.Write(ref workingSince, time.GetTimestamp());
        try
        {
            await Task.WhenAll(
                Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => WorkOrEndAllAsync(take, work), CancellationToken.None)));
        }
        finally
        {
            Volatile.Write(ref workingSince, NotRunning);
        }
    }

    public void Dispose() => queue.Dispose();

    /// <summary>
    /// A worker that fails ends the other workers, too. With fewer workers than configured, keys could wait for ever without any sign of
    /// it.
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
        metrics.RecordReconcile(options.Name, result, time.GetElapsedTime(started));
    }

    private async Task<ReconcileResult> TryReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            return Settle(key, await reconciler.ReconcileAsync(key, ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // If this process leads again, it starts with the reconcile that was cancelled.
            queue.Add(key);
            Cancelled(options.Name, key);
            return ReconcileResult.Cancelled;
        }
        catch (Exception exception)
        {
            Failed(exception, options.Name, key, queue.AddRateLimited(key));
            return ReconcileResult.Error;
        }
    }

    private ReconcileResult Settle(ObjectKey key, Outcome outcome)
    {
        queue.Forget(key);
        if (outcome is not Outcome.RequeueAfter(var delay, var reason))
        {
            return ReconcileResult.Done;
        }

        queue.AddAfter(key, delay);
        WillRequeue(options.Name, key, delay, reason);
        return ReconcileResult.RequeueAfter;
    }

    [LoggerMessage(1000, LogLevel.Warning, "{Controller}: reconciling {Key} failed, trying again in {Delay}")]
    private partial void Failed(Exception exception, string controller, ObjectKey key, TimeSpan delay);

    [LoggerMessage(1002, LogLevel.Information, "{Controller}: reconciling {Key} was cancelled")]
    private partial void Cancelled(string controller, ObjectKey key);

    [LoggerMessage(1003, LogLevel.Debug, "{Controller}: reconciling {Key} again in {Delay}: {Reason}")]
    private partial void WillRequeue(string controller, ObjectKey key, TimeSpan delay, string reason);
}
