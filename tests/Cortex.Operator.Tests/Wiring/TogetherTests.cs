using Cortex.Operator.Wiring;

namespace Cortex.Operator.Tests.Wiring;

public sealed class TogetherTests
{
    [Fact]
    public async Task A_part_that_fails_ends_the_others_and_its_error_is_the_one_that_is_told()
    {
        var ended = false;
        var run = Together.RunAsync(
            TestContext.Current.CancellationToken,
            async end =>
            {
                await Task.Delay(Timeout.Infinite, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ended = true;
            },
            async _ =>
            {
                await Task.Yield();
                throw new InvalidOperationException("no more");
            });
        Assert.Equal("no more", (await Assert.ThrowsAsync<InvalidOperationException>(() => run)).Message);
        Assert.True(ended);
    }

    [Fact]
    public async Task A_part_that_ends_by_itself_leaves_the_others_running_until_they_are_stopped()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var run = Together.RunAsync(stop.Token, _ => Task.CompletedTask, end => Task.Delay(Timeout.Infinite, end).ContinueWith(_ => { }, TaskScheduler.Default));
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();
        await run;
    }
}
