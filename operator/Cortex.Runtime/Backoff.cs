namespace Cortex.Runtime;

/// <summary>How long to wait after the n-th failure in a row: the delay doubles from <see cref="Base"/> to <see cref="Cap"/>.</summary>
/// <param name="Base">The longest delay after the first failure.</param>
/// <param name="Cap">The longest delay after any failure.</param>
public sealed record BackoffPolicy(TimeSpan Base, TimeSpan Cap)
{
    public static readonly BackoffPolicy Default = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));

    /// <summary>
    /// Half of the delay is fixed, so that no retry is immediate. The other half is random, so that keys which failed at the same time are
    /// not retried at the same time.
    /// </summary>
    /// <param name="failures">Number of failures in a row, from 1.</param>
    /// <param name="jitter">A random number from 0 to below 1.</param>
    public TimeSpan After(int failures, double jitter)
    {
        // 2^62 times any base exceeds any cap; a larger exponent would overflow.
        var doublings = Math.Clamp(failures - 1, 0, 62);
        var full = Math.Min(Base.Ticks * Math.Pow(2, doublings), Cap.Ticks);
        return TimeSpan.FromTicks((long)(full / 2 * (1 + Math.Clamp(jitter, 0, 1))));
    }
}

/// <summary>Counts failures by key. Thread-safe.</summary>
/// <param name="jitter">Returns a random number from 0 to below 1, such as <c>Random.Shared.NextDouble</c>.</param>
public sealed class Backoff(BackoffPolicy policy, Func<double> jitter)
{
    private readonly Dictionary<ObjectKey, int> failures = [];
    private readonly Lock gate = new();

    /// <summary>Counts one more failure of the key and returns the delay before the next attempt.</summary>
    public TimeSpan Next(ObjectKey key)
    {
        lock (gate)
        {
            var count = failures[key] = failures.GetValueOrDefault(key) + 1;
            return policy.After(count, jitter());
        }
    }

    /// <summary>Resets the key after a success: its next failure counts as the first, and it uses no memory.</summary>
    public void Forget(ObjectKey key)
    {
        lock (gate)
        {
            failures.Remove(key);
        }
    }
}
