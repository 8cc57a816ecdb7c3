namespace Cortex.Runtime;

/// <summary>
/// Keys that fall due later, at most one date per key: the soonest. Times are <see cref="TimeProvider.GetTimestamp"/> values, since the
/// wall clock may jump. Not thread-safe: its owner holds the lock.
/// </summary>
internal sealed class DelayedKeys
{
    private readonly Dictionary<ObjectKey, long> dates = [];
    private readonly PriorityQueue<ObjectKey, long> byDate = new();

    public int Count => dates.Count;

    public long? Soonest => byDate.TryPeek(out _, out var due) ? due : null;

    public void Set(ObjectKey key, long due)
    {
        if (dates.TryGetValue(key, out var already) && already <= due)
        {
            return;
        }

        Cancel(key);
        dates[key] = due;
        byDate.Enqueue(key, due);
    }

    public void Cancel(ObjectKey key)
    {
        if (dates.Remove(key))
        {
            byDate.Remove(key, out _, out _);
        }
    }

    public bool TryTakeDue(long now, out ObjectKey key)
    {
        key = default;
        if (!byDate.TryPeek(out _, out var due) || due > now)
        {
            return false;
        }

        key = byDate.Dequeue();
        dates.Remove(key);
        return true;
    }
}
