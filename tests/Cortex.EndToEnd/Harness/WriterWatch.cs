using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// Asks every instance from outside, about forty times a second, whether it accepts writes (invariant I1). Two answers never refer to the
/// same moment, so a stronger condition is asserted: after a later writer has answered (another instance, or the same on a later timeline),
/// no question that is asked afterwards may be answered with yes by an earlier writer.
/// </summary>
public sealed class WriterWatch : IAsyncDisposable
{
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly List<(string Instance, string Timeline)> succession = [];
    private readonly ConcurrentQueue<string> violations = new();
    private readonly Task[] askers;
    private DateTime lastSucceeded;

    private WriterWatch(Access access, string[] instances)
    {
        var dataSources = new DataSources(access);
        askers = [.. instances.Select(instance => Task.Run(() => AskAsync(instance, dataSources.Instance(instance))))];
    }

    /// <summary>The writers, in the order of their first answers.</summary>
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

    /// <summary>Starts, and waits for the first writer.</summary>
    public static async Task<WriterWatch> StartAsync(Cluster cluster, params string[] instances)
    {
        var watch = new WriterWatch(await cluster.AccessAsync(), instances is [] ? [cluster.Primary, cluster.Standby] : instances);
        await Eventually.HoldsAsync("an instance accepts writes", () => watch.Succession.Count > 0, cluster.DescribeAsync);
        return watch;
    }

    /// <summary>Asserts that there was never a second writer, and that these were the writers.</summary>
    public async Task AssertWritersAsync(params string[] writers)
    {
        await Eventually.HoldsAsync(
            $"{string.Join(", then ", writers)} accepted writes",
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
                await using var command = source.CreateCommand(
                    "select case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end");
                if (await command.ExecuteScalarAsync(stop.Token) is string timeline)
                {
                    Record((instance, timeline), asked);
                }
            }
            catch (Exception silent) when (silent is NpgsqlException || stop.IsCancellationRequested)
            {
                // An instance that does not answer does not count as a writer.
            }

            await Task.Delay(BetweenWrites, CancellationToken.None);
        }
    }

    private void Record((string Instance, string Timeline) writer, DateTime asked)
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
                violations.Enqueue(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{writer} accepted writes at {asked:O}, after {succession[^1]} had accepted writes at {lastSucceeded:O}"));
            }
        }
    }
}
