using System.Collections.Concurrent;
using System.Threading.Channels;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Watching;

/// <summary>Hands each committed change to the watches of its resource. Costs nothing while nothing changes.</summary>
internal sealed class WatchHub
{
    private readonly ConcurrentDictionary<Subscription, byte> subscriptions = new();

    public int Count => subscriptions.Count;

    /// <summary>Changes of one resource (in one namespace, or all when empty) from now on. Dispose to leave.</summary>
    public Subscription Subscribe(string resource, string ns)
    {
        var subscription = new Subscription(resource, ns, s => subscriptions.TryRemove(s, out _));
        subscriptions.TryAdd(subscription, 0);
        return subscription;
    }

    public void Publish(Change change)
    {
        foreach (var (subscription, _) in subscriptions)
        {
            subscription.Offer(change);
        }
    }
}

/// <summary>One watcher's queue. A watcher that falls too far behind is cut off and resumes from the log: memory stays bounded.</summary>
internal sealed class Subscription(string resource, string ns, Action<Subscription> leave) : IDisposable
{
    private const int Backlog = 1000;
    private readonly Channel<Change> queue = Channel.CreateBounded<Change>(new BoundedChannelOptions(Backlog) { SingleReader = true });

    public ChannelReader<Change> Changes => queue.Reader;

    public void Offer(Change change)
    {
        if (change.Key.Resource != resource || (ns.Length > 0 && change.Key.Namespace != ns))
        {
            return;
        }

        if (!queue.Writer.TryWrite(change))
        {
            queue.Writer.TryComplete();
        }
    }

    public void Dispose()
    {
        leave(this);
        queue.Writer.TryComplete();
    }
}
