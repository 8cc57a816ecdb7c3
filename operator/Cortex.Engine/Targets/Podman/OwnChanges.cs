namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Notes when the operator changed which instance, so that the events of its own changes can be ignored: they contain nothing new, and a
/// reaction to them would cause further changes without end.
/// </summary>
internal sealed class OwnChanges(TimeProvider clock)
{
    /// <summary>Events come late, but not later than this number of further changes.</summary>
    private const int Remembered = 8;

    /// <summary>An instance that was not changed for this time is forgotten: it may be gone.</summary>
    private static readonly TimeSpan UnchangedInstanceIsKeptFor = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<Change>> changes = [];

    /// <summary>How many instances are remembered.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return changes.Count;
            }
        }
    }

    /// <summary>Begins a change of the instance, which ends with the disposal of the result.</summary>
    public IDisposable Begin(string instance)
    {
        var change = new Change(clock);
        lock (gate)
        {
            var oldest = clock.GetUtcNow() - UnchangedInstanceIsKeptFor;
            foreach (var (other, _) in changes.Where(pair => pair.Value.All(past => past.EndedBefore(oldest))).ToList())
            {
                changes.Remove(other);
            }

            if (!changes.TryGetValue(instance, out var queue))
            {
                changes[instance] = queue = new Queue<Change>();
            }

            queue.Enqueue(change);
            if (queue.Count > Remembered)
            {
                queue.Dequeue();
            }
        }

        return change;
    }

    /// <summary>Whether an event of the instance at that time falls into a change of the operator.</summary>
    public bool Cover(string instance, DateTimeOffset at)
    {
        lock (gate)
        {
            return changes.TryGetValue(instance, out var queue) && queue.Any(change => change.Covers(at));
        }
    }

    private sealed class Change(TimeProvider clock) : IDisposable
    {
        private readonly DateTimeOffset began = clock.GetUtcNow();
        private DateTimeOffset? ended;

        public bool Covers(DateTimeOffset at) => began <= at && (ended is not { } end || at <= end);

        public bool EndedBefore(DateTimeOffset at) => ended < at;

        public void Dispose() => ended ??= clock.GetUtcNow();
    }
}
