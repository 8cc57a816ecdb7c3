using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Cortex.EndToEnd.Harness;

/// <summary>A client that appends numbered rows, wherever they are taken, and remembers which were acknowledged.</summary>
public sealed class Appender : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<int> acknowledged = new();
    private readonly Task writing;

    public Appender(Access access) => writing = Task.Run(() => WriteAsync(new Doors(access).Primary()));

    public IReadOnlyCollection<int> Acknowledged => acknowledged;

    public Task AtLeastAsync(int rows, Func<Task<string>> story) =>
        Eventually.HoldsAsync($"{rows} rows are acknowledged", () => acknowledged.Count >= rows, story);

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await writing;
    }

    /// <summary>Ends it, and demands of a server that every row is there that was acknowledged.</summary>
    public async Task DemandAllAsync(string dsn)
    {
        await StopAsync();
        var there = (await Psql.TextAsync(dsn, "select number from appended")).Split('\n').Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToHashSet();
        Assert.DoesNotContain(acknowledged, number => !there.Contains(number));
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
            try
            {
                await using var command = source.CreateCommand(string.Create(CultureInfo.InvariantCulture, $"insert into appended values ({number})"));
                await command.ExecuteNonQueryAsync(CancellationToken.None);
                acknowledged.Enqueue(number);
            }
            catch (Exception unanswered) when (unanswered is NpgsqlException or IOException)
            {
                // Whether the server has it is not known, and nothing is demanded of it.
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }
}
