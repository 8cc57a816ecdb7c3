using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Cortex.EndToEnd.Harness;

/// <summary>A client that appends numbered rows to the primary, and remembers which rows were acknowledged.</summary>
public sealed class Appender : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRows = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<int> acknowledged = new();
    private readonly Task writing;
    private volatile int begun;

    public Appender(Access access) => writing = Task.Run(() => WriteAsync(new DataSources(access).Primary()));

    public IReadOnlyCollection<int> Acknowledged => acknowledged;

    /// <summary>The highest number that was sent, acknowledged or not.</summary>
    public int Begun => begun;

    public Task AtLeastAsync(int rows, Func<Task<string>> describe) =>
        Eventually.HoldsAsync($"{rows} rows are acknowledged", () => acknowledged.Count >= rows, describe);

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await writing;
    }

    /// <summary>Stops, and asserts that a server has every acknowledged row.</summary>
    public async Task AssertAllPresentAsync(string dsn)
    {
        await StopAsync();
        var present = (await Psql.TextAsync(
            dsn, "select number from appended")).Split('\n').Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToHashSet();
        Assert.DoesNotContain(acknowledged, number => !present.Contains(number));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
    }

    private async Task WriteAsync(NpgsqlDataSource source)
    {
        await using var owned = source;
        for (var number = 1; !stop.IsCancellationRequested; number++)
        {
            begun = number;
            try
            {
                await using var command = source.CreateCommand(
                    string.Create(CultureInfo.InvariantCulture, $"insert into appended values ({number})"));
                await command.ExecuteNonQueryAsync(CancellationToken.None);
                acknowledged.Enqueue(number);
            }
            catch (Exception unanswered) when (unanswered is NpgsqlException or IOException)
            {
                // It is unknown whether the server has the row, so nothing is asserted about it.
            }

            await Task.Delay(BetweenRows, CancellationToken.None);
        }
    }
}
