using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Runtime.Tests;

public sealed class ControllerTests : IDisposable
{
    private static readonly ObjectKey Orders = new("shop", "orders"), Stock = new("shop", "stock");

    private readonly FakeTimeProvider time = new();
    private readonly ScriptedReconciler reconciler = new();
    private readonly LogBook<Controller> log = new();
    private readonly RuntimeMetrics metrics = new(new Meters());
    private readonly CancellationTokenSource term = new(), stop = new();
    private readonly Controller controller;

    public ControllerTests() =>
        controller = new Controller(new ControllerOptions("widgets"), reconciler, metrics, time, () => 0, log);

    public void Dispose()
    {
        controller.Dispose();
        metrics.Dispose();
        term.Dispose();
        stop.Dispose();
    }

    [Fact]
    public async Task A_requeued_key_is_reconciled_after_its_delay_and_not_before()
    {
        var run = Run();
        controller.Enqueue(Orders);
        (await reconciler.NextAsync()).Ends.SetResult(new Outcome.RequeueAfter(TimeSpan.FromSeconds(5), "two receivers still running"));
        await Logged(LogLevel.Debug, "widgets: reconciling shop/orders again in 00:00:05: two receivers still running");
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.True(reconciler.Idle);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(Orders, (await reconciler.NextAsync()).Key);
        await End(run);
    }

    /// <summary>By the jitter of its back-off, which is the only code outside of the reconcile itself.</summary>
    [Fact]
    public async Task A_worker_that_fails_ends_the_others_and_its_exception_is_reported()
    {
        using var broken = new Controller(
            new ControllerOptions("widgets"), reconciler, metrics, time, () => throw new InvalidOperationException("no jitter"), log);
        var run = broken.RunAsync(term.Token, stop.Token);
        broken.Enqueue(Orders);
        (await reconciler.NextAsync()).Ends.SetException(new IOException("socket closed"));
        Assert.Equal("no jitter", (await Assert.ThrowsAsync<InvalidOperationException>(() => run)).Message);
    }

    [Fact]
    public async Task An_error_is_retried_with_a_growing_delay_that_a_success_resets()
    {
        var run = Run();
        controller.Enqueue(Orders);
        foreach (var delay in (string[])["00:00:00.0500000", "00:00:00.1000000"])
        {
            (await reconciler.NextAsync()).Ends.SetException(new IOException("socket closed"));
            await Logged(LogLevel.Warning, $"widgets: reconciling shop/orders failed, trying again in {delay}");
            time.Advance(TimeSpan.FromSeconds(1));
        }

        (await reconciler.NextAsync()).Ends.SetResult(new Outcome.RequeueAfter(TimeSpan.FromSeconds(1), "settling"));
        await Logged(LogLevel.Debug, "widgets: reconciling shop/orders again in 00:00:01: settling");
        time.Advance(TimeSpan.FromSeconds(1));
        log.Lines.Clear();
        (await reconciler.NextAsync()).Ends.SetException(new IOException("socket closed"));
        await Logged(LogLevel.Warning, "widgets: reconciling shop/orders failed, trying again in 00:00:00.0500000");
        await End(run);
    }

    [Fact]
    public async Task The_end_of_a_term_cancels_immediately_and_the_next_term_starts_with_the_cancelled_key()
    {
        var run = Run();
        controller.Enqueue(Orders);
        var cut = await reconciler.NextAsync();
        await term.CancelAsync();
        await run;
        Assert.True(cut.Ct.IsCancellationRequested);
        using var secondTerm = new CancellationTokenSource();
        run = controller.RunAsync(secondTerm.Token, stop.Token);
        Assert.Equal(Orders, (await reconciler.NextAsync()).Key);
        await End(run);
    }

    [Fact]
    public async Task A_stop_lets_the_running_reconcile_finish_and_starts_no_other()
    {
        var run = Run();
        controller.Enqueue(Orders);
        var running = await reconciler.NextAsync();
        await stop.CancelAsync();
        controller.Enqueue(Stock);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(running.Ct.IsCancellationRequested);
        Assert.False(run.IsCompleted);
        running.Ends.SetResult(new Outcome.Done());
        await run;
        Assert.True(reconciler.Idle);
    }

    [Fact]
    public async Task A_stop_cancels_a_reconcile_that_runs_longer_than_the_shutdown_timeout()
    {
        var run = Run();
        controller.Enqueue(Orders);
        var running = await reconciler.NextAsync();
        await stop.CancelAsync();
        time.Advance(TimeSpan.FromSeconds(10));
        await run;
        Assert.True(running.Ct.IsCancellationRequested);
    }

    [Fact]
    public async Task Two_workers_reconcile_two_keys_at_the_same_time_but_never_the_same_key()
    {
        var run = Run();
        controller.Enqueue(Orders);
        var first = await reconciler.NextAsync();
        controller.Enqueue(Orders);
        controller.Enqueue(Stock);
        Assert.Equal(Stock, (await reconciler.NextAsync()).Key);
        Assert.True(reconciler.Idle);
        first.Ends.SetResult(new Outcome.Done());
        Assert.Equal(Orders, (await reconciler.NextAsync()).Key);
        await End(run);
    }

    [Fact]
    public void Metrics_report_results_retries_and_queue_depth_by_controller()
    {
        var seen = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, subscriber) =>
        {
            if (instrument.Meter.Name == RuntimeMetrics.MeterName)
            {
                subscriber.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((i, _, tags, _) => Note(i, tags));
        listener.SetMeasurementEventCallback<long>((i, _, tags, _) => Note(i, tags));
        listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Note(i, tags, $"={value}"));
        using var own = new RuntimeMetrics(new Meters());
        using var queue = new WorkQueue(new Backoff(BackoffPolicy.Default, () => 0), time);
        listener.Start();
        own.ObserveQueue("metered", queue);
        queue.Add(Orders);
        own.RecordReconcile("metered", ReconcileResult.Error, TimeSpan.FromSeconds(1));
        listener.RecordObservableInstruments();
        Assert.Equal(
            [
                "cortex.reconcile.duration metered,Error", "cortex.reconcile.retries metered", "cortex.queue.depth metered=1",
                "cortex.queue.delayed metered=0",
            ],
            seen);

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags, string value = "")
        {
            var text = string.Join(',', tags.ToArray().Select(t => t.Value));
            if (text.StartsWith("metered", StringComparison.Ordinal))
            {
                lock (seen)
                {
                    seen.Add($"{instrument.Name} {text}{value}");
                }
            }
        }
    }

    private Task Run() => controller.RunAsync(term.Token, stop.Token);

    private async Task End(Task run)
    {
        await term.CancelAsync();
        await stop.CancelAsync();
        time.Advance(TimeSpan.FromMinutes(1));
        await run;
    }

    private Task Logged(LogLevel level, string text) =>
        Eventually.HoldsAsync($"{level} is logged: {text}", () => log.Lines.Contains((level, text)));
}
