using System.Diagnostics;

namespace Cortex.EndToEnd.Harness;

/// <summary>Waits for something to come true, with a bound that says what was waited for.</summary>
public static class Eventually
{
    /// <summary>Far beyond what anything takes: it ends a test that hangs, it is no claim about speed.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks until there is an answer.</summary>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> ask, Func<Task<string>> story)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            if (watch.Elapsed > Limit)
            {
                Assert.Fail($"{what}: not within {Limit.TotalSeconds:0} s\n{await story()}");
            }

            await Task.Delay(Poll, TestContext.Current.CancellationToken);
        }
    }

    public static Task HoldsAsync(string what, Func<Task<bool>> ask, Func<Task<string>> story) =>
        GetAsync(what, async () => await ask() ? what : null, story);
}
