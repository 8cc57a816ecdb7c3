using System.Collections.Concurrent;
using System.Threading.Channels;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Watching;

/// <summary>Passes each committed change to the watches of its resource. It costs nothing while nothing changes.</summary>
internal sealed class WatchHub
{
    private readonly ConcurrentDictionary<Subscription, byte> subscriptions = new();

    public int Count => subscriptions.Count;

    /// <summary>Changes of one resource from now on, in one namespace or in all (empty). Dispose the subscription to end it.</summary>
    public Subscription Subscribe(string resource, string namespaceName)
    {
        var subscription = new Subscription(resource, namespaceName, ended => subscriptions.TryRemove(ended, out _));
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

/// <summary>
/// The queue of one watcher. A watcher that falls too far behind is disconnected and resumes from the log, so memory stays bounded.
/// </summary>
internal sealed class Subscription(string resource, string namespaceName, Action<Subscription> leave) : IDisposable
{
    private const int Backlog = 1000;
    private readonly Channel<Change> queue = Channel.CreateBounded<Change>(new BoundedChannelOptions(Backlog) { SingleReader = true });

    public ChannelReader<Change> Changes => queue.Reader;

    public void Offer(Change change)
    {
        if (change.Key.Resource != resource || (namespaceName.Length > 0 && change.Key.Namespace != namespaceName))
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
