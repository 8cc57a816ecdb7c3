using System.Threading.Channels;

namespace Cortex.Runtime;

/// <summary>
/// Which keys have to be reconciled, and when. A key is given to one worker at a time. A key that is added while it runs, runs once more
/// afterwards. A key that is added twice while it waits, runs once. Each key has at most one due time, the earliest that was asked for: an
/// <see cref="Add"/> replaces a later due time, because the reconcile that follows asks for its own next one.
/// </summary>
/// <remarks>
/// <code>
///            Add                Take               Done
///   (none) ------> dirty+ready ------> running ----------> (none)
///      |                                  | Add: dirty       |
///      | AddAfter                         | Done             |
///      v            it becomes due        v                  |
///   delayed ------> dirty+ready &lt;------- dirty              ...
/// </code>
/// The design is that of client-go's workqueue (https://pkg.go.dev/k8s.io/client-go/util/workqueue). An idle queue costs nothing but one
/// timer for the earliest due time.
/// </remarks>
public sealed class WorkQueue : IDisposable
{
    // Timers accept at most 2^32 - 2 ms. For a longer wait the timer is set again.
    private static readonly TimeSpan MaxTimerDelay = TimeSpan.FromDays(1);

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

    /// <summary>How many keys wait for a worker.</summary>
    public int Depth => ready.Reader.Count;

    /// <summary>How many keys wait for their due time.</summary>
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
    /// Since when the oldest key waits although fewer than <paramref name="workers"/> keys are running, as a timestamp of the clock; null
    /// when no key waits like that.
    /// </summary>
    public long? WaitingSince(int workers)
    {
        lock (gate)
        {
            return running.Count < workers && readySince.Count > 0 ? readySince.Values.Min() : null;
        }
    }

    /// <summary>Requests a reconcile as soon as a worker is free.</summary>
    public void Add(ObjectKey key)
    {
        lock (gate)
        {
            Add_NeedsLock(key);
        }
    }

    /// <summary>Requests a reconcile after the delay, unless an earlier one is requested already.</summary>
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

            delayed.Set(key, time.GetTimestamp() + ToTimestamp(delay));
            ArmTimer_NeedsLock();
        }
    }

    /// <summary>Requests a reconcile after the key's back-off, which grows each time until <see cref="Forget"/>.</summary>
    /// <returns>The delay.</returns>
    public TimeSpan AddRateLimited(ObjectKey key)
    {
        var delay = backoff.Next(key);
        AddAfter(key, delay);
        return delay;
    }

    /// <summary>Resets the back-off of the key after a success.</summary>
    public void Forget(ObjectKey key) => backoff.Forget(key);

    /// <summary>Waits for a key. Every taken key must be returned by <see cref="Done"/>.</summary>
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

    /// <summary>Returns a taken key. If it was added in the meantime, it is ready immediately.</summary>
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

    /// <summary>Gives out no more keys and accepts no more. Keys that were taken before may still be returned.</summary>
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

        if (delayed.EarliestDue is not { } due)
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Timers count whole milliseconds. Rounded down, the timer would fire early, find nothing due, and repeat that until the time has
        // come.
        var wait = Math.Ceiling(time.GetElapsedTime(time.GetTimestamp(), due).TotalMilliseconds);
        timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(wait, 0, MaxTimerDelay.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private long ToTimestamp(TimeSpan delay) => (long)Math.Min(delay.TotalSeconds * time.TimestampFrequency, long.MaxValue / 4);
}
