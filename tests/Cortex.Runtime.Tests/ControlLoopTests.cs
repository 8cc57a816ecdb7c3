using Microsoft.Extensions.Time.Testing;

namespace Cortex.Runtime.Tests;

public sealed class ControlLoopTests : IDisposable
{
    private readonly ScriptedApi api = new();
    private readonly FakeTimeProvider time = new();
    private readonly ScriptedReconciler reconciler = new();
    private readonly RuntimeMetrics metrics = new(new Meters());
    private readonly CancellationTokenSource stop = new();
    private readonly Controller controller;
    private readonly Informer<Widget> informer;

    public ControlLoopTests()
    {
        controller = new(new ControllerOptions("widgets") { Workers = 1 }, reconciler, metrics, time, () => 0, new LogBook<Controller>());
        informer = new(
            api.Connect(time),
            new InformerOptions { Namespace = "default" },
            c => controller.Enqueue(c.Key),
            time,
            () => 0,
            new LogBook<Informer<Widget>>());
    }

    public void Dispose()
    {
        controller.Dispose();
        metrics.Dispose();
        stop.Dispose();
        api.Dispose();
    }

    [Fact]
    public async Task Each_term_starts_with_every_object_even_without_a_change()
    {
        var leadership = new TwoTerms();
        var run = new ControlLoop<Widget>(informer, leadership, controller).RunAsync(stop.Token);
        (await api.NextAsync("GET")).List("10", [Widget.Json("a", "1"), Widget.Json("b", "2")]);
        for (var term = 1; term <= 2; term++)
        {
            var first = await reconciler.NextAsync();
            first.Ends.SetResult(new Outcome.Done());
            var second = await reconciler.NextAsync();
            Assert.Equal(["a", "b"], new[] { first.Key.Name, second.Key.Name }.Order());
            second.Ends.SetResult(new Outcome.Done());
            leadership.FirstIsLost.TrySetResult();
        }

        await stop.CancelAsync();
        await run;
        Assert.True(reconciler.Idle);
    }

    [Fact]
    public async Task Nothing_is_reconciled_before_the_first_list_and_a_stop_ends_the_wait_for_it()
    {
        var run = new ControlLoop<Widget>(informer, new SoleLeadership(), controller).RunAsync(stop.Token);
        await api.NextAsync("GET");
        await stop.CancelAsync();
        await run;
        Assert.True(reconciler.Idle);
    }

    [Fact]
    public async Task An_informer_that_ends_by_itself_ends_the_loop_and_its_workers()
    {
        var dying = new Informer<Widget>(
            api.Connect(time), new InformerOptions { Namespace = "default" }, _ => { }, time,
            () => throw new InvalidOperationException("no jitter"), new LogBook<Informer<Widget>>());
        var loop = new ControlLoop<Widget>(dying, new SoleLeadership(), controller);
        var run = loop.RunAsync(stop.Token);
        (await api.NextAsync("GET")).List("10", []);
        Assert.Equal("no jitter", (await Assert.ThrowsAsync<InvalidOperationException>(() => run)).Message);
        Assert.True(loop.HasEnded);
    }

    [Fact]
    public async Task A_leadership_that_ends_by_itself_ends_the_loop()
    {
        var loop = new ControlLoop<Widget>(informer, new NoTerm(), controller);
        Assert.Equal(
            "the leadership ended before the shutdown",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => loop.RunAsync(stop.Token))).Message);
        Assert.True(loop.HasEnded);
    }

    private sealed class NoTerm : ILeadership
    {
        public Task RunAsync(Func<Term, Task> lead, CancellationToken stop) => Task.CompletedTask;
    }

    /// <summary>Loses the first term when the test says so, and keeps the second.</summary>
    private sealed class TwoTerms : ILeadership
    {
        public TaskCompletionSource FirstIsLost { get; } = new();

        public async Task RunAsync(Func<Term, Task> lead, CancellationToken stop)
        {
            using var first = new CancellationTokenSource();
            var working = lead(new Term(first.Token, stop));
            await FirstIsLost.Task;
            await first.CancelAsync();
            await working;
            await lead(new Term(CancellationToken.None, stop));
        }
    }
}
