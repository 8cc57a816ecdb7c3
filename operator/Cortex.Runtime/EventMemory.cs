namespace Cortex.Runtime;

/// <summary>What makes two events the same: the object's incarnation and what is said of it.</summary>
internal sealed record EventIdentity(string Kind, ObjectKey About, string Uid, EventType Type, string Reason, string Message);

/// <summary>An event as it was last written.</summary>
internal sealed record Sighting(ObjectKey Event, int Count, DateTimeOffset Last);

/// <summary>Remembers the latest events, so many at most and no longer than the window. Not thread-safe.</summary>
internal sealed class EventMemory(int capacity, TimeSpan window)
{
    private readonly Dictionary<EventIdentity, LinkedListNode<(EventIdentity Identity, Sighting Sighting)>> known = [];
    private readonly LinkedList<(EventIdentity Identity, Sighting Sighting)> oldestFirst = new();

    public int Count => known.Count;

    public Sighting? Recall(EventIdentity identity, DateTimeOffset now) =>
        known.TryGetValue(identity, out var node) && now - node.Value.Sighting.Last < window ? node.Value.Sighting : null;

    public void Remember(EventIdentity identity, Sighting sighting)
    {
        if (known.Remove(identity, out var old))
        {
            oldestFirst.Remove(old);
        }

        known[identity] = oldestFirst.AddLast((identity, sighting));
        if (known.Count <= capacity)
        {
            return;
        }

        known.Remove(oldestFirst.First!.Value.Identity);
        oldestFirst.RemoveFirst();
    }
}
