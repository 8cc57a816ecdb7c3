using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Runtime.Tests;

/// <summary>A controller without progress is distinguished from a busy one.</summary>
public sealed class ProgressTests : IDisposable
{
    private static readonly ObjectKey Orders = new("shop", "orders"), Stock = new("shop", "stock"), Users = new("shop", "users");
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(5);

    private readonly ObservedTime time = new();
    private readonly ScriptedReconciler reconciler = new();
    private readonly RuntimeMetrics metrics = new(new Meters());
    private readonly CancellationTokenSource stop = new();
    private readonly Controller controller;
    private bool broken;

    public ProgressTests() => controller = new Controller(
        new ControllerOptions("widgets"), reconciler, metrics, time,
        () => broken ? throw new InvalidOperationException("no jitter") : 0, NullLogger<Controller>.Instance);

    public void Dispose()
    {
        controller.Dispose();
        metrics.Dispose();
        stop.Dispose();
    }

    [Fact]
    public async Task Reconciles_that_take_hours_are_no_fault_even_if_other_keys_wait()
    {
        var run = controller.RunAsync(CancellationToken.None, stop.Token);
        foreach (var key in (ObjectKey[])[Orders, Stock, Users])
        {
            controller.Enqueue(key);
        }

        var (first, second) = (await reconciler.NextAsync(), await reconciler.NextAsync());
        time.Advance(TimeSpan.FromHours(9));

        Assert.Null(controller.WhyStuck(WaitLimit));
        first.Ends.SetResult(new Outcome.Done());
        (await reconciler.NextAsync()).Ends.SetResult(new Outcome.Done());
        second.Ends.SetResult(new Outcome.Done());
        await EndAsync(run);
    }

    /// <summary>A worker that fails ends the others, except those that ignore their token.</summary>
    [Fact]
    public async Task A_key_that_waits_because_a_worker_has_failed_is_a_fault_after_the_limit()
    {
        reconciler.IgnoresCancellation = true;
        var run = controller.RunAsync(CancellationToken.None, stop.Token);
        controller.Enqueue(Orders);
        controller.Enqueue(Stock);
        var (first, second) = (await reconciler.NextAsync(), await reconciler.NextAsync());
        broken = true;
        first.Ends.SetException(new IOException("socket closed"));
        controller.Enqueue(Users);
        time.Advance(WaitLimit);
        Assert.Null(controller.WhyStuck(WaitLimit));
        time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.HoldsAsync("the controller is stuck", () => controller.WhyStuck(WaitLimit) is not null);
        Assert.Equal("widgets: a key has waited for 0:05:01 although a worker should be free", controller.WhyStuck(WaitLimit));
        second.Ends.SetResult(new Outcome.Done());
        await Assert.ThrowsAsync<InvalidOperationException>(() => run);
        Assert.Null(controller.WhyStuck(WaitLimit));
    }

    [Fact]
    public async Task A_key_that_waited_while_another_process_led_counts_from_the_start_of_the_term()
    {
        controller.Enqueue(Orders);
        time.Advance(TimeSpan.FromHours(9));
        Assert.Null(controller.WhyStuck(WaitLimit));

        var run = controller.RunAsync(CancellationToken.None, stop.Token);
        Assert.Null(controller.WhyStuck(WaitLimit));
        (await reconciler.NextAsync()).Ends.SetResult(new Outcome.Done());
        await EndAsync(run);
    }

    private async Task EndAsync(Task run)
    {
        await stop.CancelAsync();
        await run;
    }
}
