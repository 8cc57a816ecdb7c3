using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// Asks every instance from outside, some forty times a second, whether it takes writes (invariant I1). Two answers are never given at one instant, so what
/// is demanded is stronger: once another instance, or the same on a later timeline, was heard to take writes, no question asked after that may hear yes from an earlier one.
/// </summary>
public sealed class WriterWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly List<(string Instance, string Timeline)> succession = [];
    private readonly ConcurrentQueue<string> violations = new();
    private readonly Task[] askers;
    private DateTime lastSucceeded;

    private WriterWatch(Access access, string[] instances)
    {
        var doors = new Doors(access);
        askers = [.. instances.Select(instance => Task.Run(() => AskAsync(instance, doors.Instance(instance))))];
    }

    /// <summary>Who took writes, in the order in which they were first heard to.</summary>
    public IReadOnlyList<string> Succession
    {
        get
        {
            lock (gate)
            {
                return [.. succession.Select(writer => writer.Instance)];
            }
        }
    }

    /// <summary>Begins, and waits until the first writer was heard.</summary>
    public static async Task<WriterWatch> StartAsync(Cluster cluster, params string[] instances)
    {
        var watch = new WriterWatch(await cluster.AccessAsync(), instances is [] ? [cluster.Primary, cluster.Standby] : instances);
        await Eventually.HoldsAsync("somebody takes writes", () => watch.Succession.Count > 0, cluster.StoryAsync);
        return watch;
    }

    /// <summary>Demands that there was never a second writer, and that these were the writers.</summary>
    public async Task DemandAsync(params string[] writers)
    {
        await Eventually.HoldsAsync(
            $"{string.Join(", then ", writers)} took writes",
            () => Succession.Count >= writers.Length,
            () => Task.FromResult(string.Join(", ", Succession)));
        await stop.CancelAsync();
        await Task.WhenAll(askers);
        Assert.Empty(violations);
        Assert.Equal(writers, Succession);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(askers);
        stop.Dispose();
    }

    private async Task AskAsync(string instance, NpgsqlDataSource source)
    {
        await using var owned = source;
        while (!stop.IsCancellationRequested)
        {
            var asked = DateTime.UtcNow;
            try
            {
                await using var command = source.CreateCommand("select case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end");
                if (await command.ExecuteScalarAsync(stop.Token) is string timeline)
                {
                    Hear((instance, timeline), asked);
                }
            }
            catch (Exception silent) when (silent is NpgsqlException || stop.IsCancellationRequested)
            {
                // No answer is none that says yes.
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private void Hear((string Instance, string Timeline) writer, DateTime asked)
    {
        lock (gate)
        {
            if (succession.Count > 0 && succession[^1] == writer)
            {
                return;
            }

            if (!succession.Contains(writer))
            {
                succession.Add(writer);
                lastSucceeded = DateTime.UtcNow;
            }
            else if (asked > lastSucceeded)
            {
                violations.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{writer} took writes at {asked:O}, after {succession[^1]} had at {lastSucceeded:O}"));
            }
        }
    }
}
