using System.Threading.Channels;

namespace Cortex.Runtime;

/// <summary>
/// Which keys are to be looked at, and when. A key is handed to one worker at a time; added while it runs, it runs once more afterwards;
/// added twice while it waits, it runs once. Each key has at most one look pending, the soonest asked for: an <see cref="Add"/> takes the
/// place of a later date, because the look that comes states its own wish for the next.
/// </summary>
/// <remarks>
/// <code>
///            Add                Take               Done
///   (none) ------> dirty+ready ------> running ----------> (none)
///      |                                  | Add: dirty       |
///      | AddAfter                         | Done             |
///      v            the date comes        v                  |
///   delayed ------> dirty+ready &lt;------- dirty              ...
/// </code>
/// The shape is that of client-go's workqueue (https://pkg.go.dev/k8s.io/client-go/util/workqueue). Idle, it costs nothing: one timer, for
/// the soonest date.
/// </remarks>
public sealed class WorkQueue : IDisposable
{
    // Timers take at most 2^32 - 2 ms; a longer wait is only armed anew.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private readonly HashSet<ObjectKey> dirty = [];
    private readonly HashSet<ObjectKey> running = [];
    private readonly Dictionary<ObjectKey, long> readySince = [];
    private readonly DelayedKeys delayed = new();
    private readonly Channel<ObjectKey> ready = Channel.CreateUnbounded<ObjectKey>();
    private readonly Backoff backoff;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private bool shutDown;

    public WorkQueue(Backoff backoff, TimeProvider time)
    {
        this.backoff = backoff;
        this.time = time;
        timer = time.CreateTimer(_ => ReleaseDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that wait for a worker now.</summary>
    public int Depth => ready.Reader.Count;

    /// <summary>Keys that wait for their date.</summary>
    public int Delayed
    {
        get
        {
            lock (gate)
            {
                return delayed.Count;
            }
        }
    }

    /// <summary>
    /// Since when a key waits although fewer than <paramref name="workers"/> are at work, as a timestamp of the clock; null where none
    /// does.
    /// </summary>
    public long? LeftWaitingSince(int workers)
    {
        lock (gate)
        {
            return running.Count < workers && readySince.Count > 0 ? readySince.Values.Min() : null;
        }
    }

    /// <summary>Asks for a look as soon as a worker is free.</summary>
    public void Add(ObjectKey key)
    {
        lock (gate)
        {
            Add_NeedsLock(key);
        }
    }

    /// <summary>Asks for a look after the delay, unless a sooner one is pending already.</summary>
    public void AddAfter(ObjectKey key, TimeSpan delay)
    {
        lock (gate)
        {
            if (delay <= TimeSpan.Zero)
            {
                Add_NeedsLock(key);
            }

            if (shutDown || dirty.Contains(key))
            {
                return;
            }

            delayed.Set(key, time.GetTimestamp() + Stamps(delay));
            ArmTimer_NeedsLock();
        }
    }

    /// <summary>Asks for a look after the key's back-off, which grows each time until <see cref="Forget"/>.</summary>
    /// <returns>The delay.</returns>
    public TimeSpan AddRateLimited(ObjectKey key)
    {
        var delay = backoff.Next(key);
        AddAfter(key, delay);
        return delay;
    }

    /// <summary>The key went well: its back-off starts again from the beginning.</summary>
    public void Forget(ObjectKey key) => backoff.Forget(key);

    /// <summary>Waits for a key. Whoever takes one owes a <see cref="Done"/>.</summary>
    /// <returns>Null after <see cref="ShutDown"/>.</returns>
    public async ValueTask<ObjectKey?> TakeAsync(CancellationToken ct)
    {
        while (await ready.Reader.WaitToReadAsync(ct))
        {
            ct.ThrowIfCancellationRequested();
            lock (gate)
            {
                if (shutDown)
                {
                    return null;
                }

                if (!ready.Reader.TryRead(out var key))
                {
                    continue;
                }

                dirty.Remove(key);
                readySince.Remove(key);
                running.Add(key);
                return key;
            }
        }

        return null;
    }

    /// <summary>Gives a taken key back. If it was added meanwhile, it is ready at once.</summary>
    public void Done(ObjectKey key)
    {
        lock (gate)
        {
            running.Remove(key);
            if (dirty.Contains(key))
            {
                MakeReady_NeedsLock(key);
            }
        }
    }

    /// <summary>Hands out no more keys and takes no more. Keys that were taken before may still be given back.</summary>
    public void ShutDown()
    {
        lock (gate)
        {
            shutDown = true;
            ready.Writer.TryComplete();
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        ShutDown();
        timer.Dispose();
    }

    private void Add_NeedsLock(ObjectKey key)
    {
        if (shutDown)
        {
            return;
        }

        delayed.Cancel(key);
        if (dirty.Add(key) && !running.Contains(key))
        {
            MakeReady_NeedsLock(key);
        }
    }

    private void MakeReady_NeedsLock(ObjectKey key)
    {
        readySince[key] = time.GetTimestamp();
        ready.Writer.TryWrite(key);
    }

    private void ReleaseDue()
    {
        lock (gate)
        {
            while (!shutDown && delayed.TryTakeDue(time.GetTimestamp(), out var key))
            {
                Add_NeedsLock(key);
            }

            ArmTimer_NeedsLock();
        }
    }

    private void ArmTimer_NeedsLock()
    {
        if (shutDown)
        {
            return;
        }

        if (delayed.Soonest is not { } due)
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Timers count whole milliseconds and would fire early, find nothing due, and spin until it is.
        var wait = Math.Ceiling(time.GetElapsedTime(time.GetTimestamp(), due).TotalMilliseconds);
        timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(wait, 0, LongestTimer.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private long Stamps(TimeSpan delay) => (long)Math.Min(delay.TotalSeconds * time.TimestampFrequency, long.MaxValue / 4);
}
