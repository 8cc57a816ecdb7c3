namespace Cortex.Runtime;

/// <summary>
/// Keys that become due later. A key has at most one due time: the earliest. Times are <see cref="TimeProvider.GetTimestamp"/> values,
/// because the wall clock may jump. Not thread-safe: the owner holds the lock.
/// </summary>
internal sealed class DelayedKeys
{
    private readonly Dictionary<ObjectKey, long> dueTimes = [];
    private readonly PriorityQueue<ObjectKey, long> byDueTime = new();

    public int Count => dueTimes.Count;

    public long? EarliestDue => byDueTime.TryPeek(out _, out var due) ? due : null;

    public void Set(ObjectKey key, long due)
    {
        if (dueTimes.TryGetValue(key, out var already) && already <= due)
        {
            return;
        }

        Cancel(key);
        dueTimes[key] = due;
        byDueTime.Enqueue(key, due);
    }

    public void Cancel(ObjectKey key)
    {
        if (dueTimes.Remove(key))
        {
            byDueTime.Remove(key, out _, out _);
        }
    }

    public bool TryTakeDue(long now, out ObjectKey key)
    {
        key = default;
        if (!byDueTime.TryPeek(out _, out var due) || due > now)
        {
            return false;
        }

        key = byDueTime.Dequeue();
        dueTimes.Remove(key);
        return true;
    }
}
