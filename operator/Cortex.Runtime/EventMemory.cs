namespace Cortex.Runtime;

/// <summary>What makes two events the same: the object with its UID, and the content of the event.</summary>
internal sealed record EventIdentity(string Kind, ObjectKey About, string Uid, EventType Type, string Reason, string Message);

/// <summary>An event as it was last written to the API.</summary>
internal sealed record WrittenEvent(ObjectKey Event, int Count, DateTimeOffset Last);

/// <summary>Remembers a limited number of the latest events, each no longer than the window. Not thread-safe.</summary>
internal sealed class EventMemory(int capacity, TimeSpan window)
{
    private readonly Dictionary<EventIdentity, LinkedListNode<(EventIdentity Identity, WrittenEvent Written)>> known = [];
    private readonly LinkedList<(EventIdentity Identity, WrittenEvent Written)> oldestFirst = new();

    public int Count => known.Count;

    public WrittenEvent? Find(EventIdentity identity, DateTimeOffset now) =>
        known.TryGetValue(identity, out var node) && now - node.Value.Written.Last < window ? node.Value.Written : null;

    public void Remember(EventIdentity identity, WrittenEvent written)
    {
        if (known.Remove(identity, out var old))
        {
            oldestFirst.Remove(old);
        }

        known[identity] = oldestFirst.AddLast((identity, written));
        if (known.Count <= capacity)
        {
            return;
        }

        known.Remove(oldestFirst.First!.Value.Identity);
        oldestFirst.RemoveFirst();
    }
}
