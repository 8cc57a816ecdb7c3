namespace Cortex.Engine.Tests;

public sealed class UntilTests
{
    private static readonly TimeSpan NeverReached = TimeSpan.FromHours(1);
    private static readonly TimeSpan SoonReached = TimeSpan.FromMilliseconds(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_asked_until_the_answer_is_yes()
    {
        var asked = 0;

        Assert.True(await Until.HoldsAsync(() => Task.FromResult(++asked == 3), NeverReached, SoonReached, TimeProvider.System, Ct));

        Assert.Equal(3, asked);
    }

    /// <summary>The first answer counts however long it takes.</summary>
    [Fact]
    public async Task What_is_true_at_once_is_true_without_any_time_for_it() =>
        Assert.True(await Until.HoldsAsync(() => Task.FromResult(true), TimeSpan.Zero, NeverReached, TimeProvider.System, Ct));

    [Fact]
    public async Task After_the_limit_the_answer_is_no() =>
        Assert.False(await Until.HoldsAsync(() => Task.FromResult(false), SoonReached, SoonReached, TimeProvider.System, Ct));

    [Fact]
    public async Task A_wait_that_is_cancelled_does_not_say_no()
    {
        using var ended = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Until.HoldsAsync(
            async () =>
            {
                await ended.CancelAsync();
                return false;
            },
            NeverReached,
            NeverReached,
            TimeProvider.System,
            ended.Token));
    }
}
