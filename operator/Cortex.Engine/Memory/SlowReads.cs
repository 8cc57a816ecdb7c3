using Cortex.Core.Api;

namespace Cortex.Engine.Memory;

/// <summary>
/// Reads of disks, which may hang. A pass waits for a read briefly; the read then continues beside the passes, and a later call takes its
/// result. So a disk that hangs delays no other cluster.
/// </summary>
/// <param name="usableFor">A result that is taken later than this after the end of its read is dropped, and the read begins again.</param>
public sealed class SlowReads<T>(ClusterMemory memory, TimeProvider clock, TimeSpan usableFor)
{
    /// <summary>A read usually takes half of this.</summary>
    public static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(1);

    private readonly Notes<Read> reads = memory.Part<Read>(read => read.Cancel());

    /// <summary>Starts the read unless it runs, and waits for it briefly.</summary>
    /// <param name="name">Of the read, within the cluster.</param>
    /// <param name="mark">What is asked for. A read with another mark is cancelled.</param>
    /// <param name="start">Must end by itself. Its token is cancelled when its result is no longer wanted.</param>
    /// <returns>The ended read, with its result or its error; null while it continues.</returns>
    public async Task<Task<T>?> TakeAsync(
        ClusterKey cluster, string name, string mark, Func<CancellationToken, Task<T>> start, CancellationToken ct)
    {
        if (reads.TryGet(cluster, name, out var before) && (before.Mark != mark || HasExpired(before)))
        {
            reads.Remove(cluster, name);
        }

        var read = reads.GetOrAdd(cluster, name, () => new Read(mark, start, clock));
        await Task.WhenAny(read.Task, Task.Delay(WaitLimit, clock, ct));
        ct.ThrowIfCancellationRequested();
        if (!read.Task.IsCompleted)
        {
            return null;
        }

        reads.Remove(cluster, name);
        return read.Task;
    }

    /// <summary>Ends the read, if it runs; the next call begins another.</summary>
    public void Drop(ClusterKey cluster, string name) => reads.Remove(cluster, name);

    private bool HasExpired(Read read) => read.EndedAt is { } at && clock.GetElapsedTime(at) > usableFor;

    private sealed class Read
    {
        private readonly TimeProvider clock;
        private readonly Action cancel;
        private long? endedAt;

        public Read(string mark, Func<CancellationToken, Task<T>> start, TimeProvider clock)
        {
            Mark = mark;
            this.clock = clock;
            // Without a timer it has nothing to dispose of.
            var end = new CancellationTokenSource();
            cancel = end.Cancel;
            Task = RunAsync(start, end.Token);
        }

        public string Mark { get; }

        public Task<T> Task { get; }

        public long? EndedAt => Task.IsCompleted ? endedAt : null;

        public void Cancel() => cancel();

        private async Task<T> RunAsync(Func<CancellationToken, Task<T>> start, CancellationToken end)
        {
            try
            {
                return await start(end);
            }
            finally
            {
                endedAt = clock.GetTimestamp();
            }
        }
    }
}
