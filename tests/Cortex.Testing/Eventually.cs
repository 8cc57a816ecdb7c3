using System.Diagnostics;

namespace Cortex.Testing;

/// <summary>Waits for something to come true, with a bound that says what was waited for.</summary>
public static class Eventually
{
    /// <summary>Far beyond what anything takes: it ends a test that hangs, it is no claim about speed.</summary>
    public static readonly TimeSpan HangTimeout = TimeSpan.FromMinutes(4);

    /// <summary>
    /// What takes milliseconds is seen at once, and what takes seconds costs few questions: each pause is half as long again as the one
    /// before.
    /// </summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks until there is an answer.</summary>
    /// <param name="what">What is waited for, for the message of a failure.</param>
    /// <param name="story">What else there is to say of a failure.</param>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> ask, Func<Task<string>>? story = null)
        where T : class =>
        (await WaitAsync(what, ask, answer => answer is not null, _ => story?.Invoke() ?? Task.FromResult(""), HangTimeout))!;

    /// <summary>Asks until the answer is yes.</summary>
    public static Task HoldsAsync(string what, Func<Task<bool>> ask, Func<Task<string>>? story = null) =>
        WaitAsync(what, ask, yes => yes, _ => story?.Invoke() ?? Task.FromResult(""), HangTimeout);

    /// <summary>The same, for what is known without waiting.</summary>
    public static Task HoldsAsync(string what, Func<bool> ask, Func<Task<string>>? story = null) =>
        HoldsAsync(what, () => Task.FromResult(ask()), story);

    /// <summary>Looks until what is seen is as wanted, and returns that; a failure tells what was seen last.</summary>
    /// <param name="limit">For what soon stays as it is; <see cref="HangTimeout"/> where nothing is said.</param>
    public static Task<T> SeesAsync<T>(string what, Func<Task<T>> look, Func<T, bool> asWanted, TimeSpan? limit = null) =>
        WaitAsync(what, look, asWanted, seen => Task.FromResult($"last seen: {seen}"), limit ?? HangTimeout);

    private static async Task<T> WaitAsync<T>(
        string what, Func<Task<T>> look, Func<T, bool> asWanted, Func<T, Task<string>> story, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        var pause = FirstPause;
        while (true)
        {
            var seen = await look();
            if (asWanted(seen))
            {
                return seen;
            }

            if (watch.Elapsed > limit)
            {
                Assert.Fail($"{what}: not within {limit.TotalSeconds:0} s\n{await story(seen)}");
            }

            await Task.Delay(pause, TestContext.Current.CancellationToken);
            pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;
        }
    }
}
