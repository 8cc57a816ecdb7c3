namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// When we were at work on which instance, so that the events of our own doings are told from the others: those tell us what we know,
/// and to act upon them would never come to rest.
/// </summary>
internal sealed class OwnDoings(TimeProvider clock)
{
    /// <summary>Events come late, but not so late that this many doings are over since.</summary>
    private const int Remembered = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<Doing>> doings = [];

    /// <summary>We begin to change the instance; the end is the disposal.</summary>
    public IDisposable Begin(string instance)
    {
        var doing = new Doing(clock);
        lock (gate)
        {
            if (!doings.TryGetValue(instance, out var queue))
            {
                doings[instance] = queue = new Queue<Doing>();
            }

            queue.Enqueue(doing);
            if (queue.Count > Remembered)
            {
                queue.Dequeue();
            }
        }

        return doing;
    }

    /// <summary>Whether what happened then to the instance was our doing.</summary>
    public bool Cover(string instance, DateTimeOffset at)
    {
        lock (gate)
        {
            return doings.TryGetValue(instance, out var queue) && queue.Any(doing => doing.Covers(at));
        }
    }

    private sealed class Doing(TimeProvider clock) : IDisposable
    {
        private readonly DateTimeOffset began = clock.GetUtcNow();
        private DateTimeOffset? ended;

        public bool Covers(DateTimeOffset at) => began <= at && (ended is not { } end || at <= end);

        public void Dispose() => ended ??= clock.GetUtcNow();
    }
}
