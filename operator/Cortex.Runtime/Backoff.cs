namespace Cortex.Runtime;

/// <summary>How long to wait after the n-th failure in a row: doubling from <see cref="Base"/> to <see cref="Cap"/>.</summary>
/// <param name="Base">The longest wait after the first failure.</param>
/// <param name="Cap">The longest wait ever.</param>
public sealed record BackoffPolicy(TimeSpan Base, TimeSpan Cap)
{
    public static readonly BackoffPolicy Default = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));

    /// <summary>
    /// Half of the wait is fixed, so that a retry is never at once; half is chance, so that keys which failed together do not return
    /// together.
    /// </summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="chance">From 0 to below 1.</param>
    public TimeSpan After(int failures, double chance)
    {
        // 2^62 of any base is over any cap; beyond it the shift would wrap.
        var doublings = Math.Clamp(failures - 1, 0, 62);
        var full = Math.Min(Base.Ticks * Math.Pow(2, doublings), Cap.Ticks);
        return TimeSpan.FromTicks((long)(full / 2 * (1 + Math.Clamp(chance, 0, 1))));
    }
}

/// <summary>Counts failures per key. Safe to call from many threads.</summary>
/// <param name="chance">A number from 0 to below 1, such as <c>Random.Shared.NextDouble</c>.</param>
public sealed class Backoff(BackoffPolicy policy, Func<double> chance)
{
    private readonly Dictionary<ObjectKey, int> failures = [];
    private readonly Lock gate = new();

    /// <summary>Counts one more failure of the key and says how long to wait.</summary>
    public TimeSpan Next(ObjectKey key)
    {
        lock (gate)
        {
            var count = failures[key] = failures.GetValueOrDefault(key) + 1;
            return policy.After(count, chance());
        }
    }

    /// <summary>The key went well: its next failure is a first one, and it takes no memory.</summary>
    public void Forget(ObjectKey key)
    {
        lock (gate)
        {
            failures.Remove(key);
        }
    }
}
