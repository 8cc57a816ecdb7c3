namespace Cortex.Engine;

/// <summary>A wait for something that has to be asked for again and again.</summary>
public static class Until
{
    /// <summary>Asks until the answer is yes.</summary>
    /// <param name="limit">After this time, a "no" is final. An answer that takes longer is waited for.</param>
    /// <param name="interval">The delay between a "no" and the next question.</param>
    /// <returns>False when the answer was still "no" after <paramref name="limit"/>.</returns>
    public static async Task<bool> HoldsAsync(
        Func<Task<bool>> ask, TimeSpan limit, TimeSpan interval, TimeProvider clock, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (!await ask())
        {
            if (clock.GetElapsedTime(began) > limit)
            {
                return false;
            }

            await Task.Delay(interval, clock, ct);
        }

        return true;
    }
}
