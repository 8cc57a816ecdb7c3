using Cortex.Operator.Wiring;

namespace Cortex.Operator.Tests.Wiring;

public sealed class TogetherTests
{
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private bool ended;

    [Fact]
    public async Task A_part_that_fails_ends_the_others_and_its_error_is_the_one_that_is_told() => await DemandEndAsync(
        "the part has ended unexpectedly: InvalidOperationException: no more",
        async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("no more");
        });

    [Fact]
    public async Task A_part_that_returns_by_itself_ends_the_others() => await DemandEndAsync("the part has ended unexpectedly", _ => Task.CompletedTask);

    /// <summary>Such as a request that was given up.</summary>
    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_an_end_like_any_other() =>
        await DemandEndAsync("the part has ended unexpectedly: TaskCanceledException: given up", _ => Task.FromException(new TaskCanceledException("given up")));

    [Fact]
    public async Task Parts_that_are_stopped_end_in_peace()
    {
        var run = Together.RunAsync(stop.Token, Lasting, new Part("impatient", end => Task.Delay(Timeout.Infinite, end)));
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();
        await run;
        Assert.True(ended);
    }

    private Part Lasting => new("lasting", async end =>
    {
        await Task.Delay(Timeout.Infinite, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ended = true;
    });

    private async Task DemandEndAsync(string message, Func<CancellationToken, Task> part)
    {
        var run = Together.RunAsync(stop.Token, Lasting, new Part("the part", part));
        Assert.Equal(message, (await Assert.ThrowsAsync<PartEndedException>(() => run)).Message);
        Assert.True(ended);
    }
}
