using Cortex.Operator.Wiring;

namespace Cortex.Operator.Tests.Wiring;

public sealed class ProcessPartsTests
{
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private bool ended;

    [Fact]
    public async Task A_part_that_fails_ends_the_others_and_its_error_is_reported() => await AssertAllEndAsync(
        "the part has ended unexpectedly: InvalidOperationException: no more",
        async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("no more");
        });

    [Fact]
    public async Task A_part_that_returns_by_itself_ends_the_others() =>
        await AssertAllEndAsync("the part has ended unexpectedly", _ => Task.CompletedTask);

    /// <summary>For example a request that was abandoned.</summary>
    [Fact]
    public async Task An_unrequested_cancellation_ends_the_others() =>
        await AssertAllEndAsync(
            "the part has ended unexpectedly: TaskCanceledException: abandoned",
            _ => Task.FromException(new TaskCanceledException("abandoned")));

    [Fact]
    public async Task Parts_that_are_stopped_end_without_an_error()
    {
        var run = ProcessParts.RunAsync(stop.Token, WaitsForStop, new Part("cancelled", end => Task.Delay(Timeout.Infinite, end)));
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();
        await run;
        Assert.True(ended);
    }

    private Part WaitsForStop => new("waits for stop", async end =>
    {
        await Task.Delay(Timeout.Infinite, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ended = true;
    });

    private async Task AssertAllEndAsync(string message, Func<CancellationToken, Task> part)
    {
        var run = ProcessParts.RunAsync(stop.Token, WaitsForStop, new Part("the part", part));
        Assert.Equal(message, (await Assert.ThrowsAsync<PartEndedException>(() => run)).Message);
        Assert.True(ended);
    }
}
