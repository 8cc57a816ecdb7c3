using System.Collections.Concurrent;
using System.Globalization;

namespace Cortex.EndToEnd.Harness;

/// <summary>A client that appends numbered rows with psql and remembers which were acknowledged. It connects anew for each.</summary>
public sealed class Appender : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<int> acknowledged = new();
    private readonly Task writing;

    public Appender(string dsn) => writing = Task.Run(() => WriteAsync(dsn));

    public IReadOnlyCollection<int> Acknowledged => acknowledged;

    public Task AtLeastAsync(int rows, Func<Task<string>> story) =>
        Eventually.HoldsAsync($"{rows} rows are acknowledged", () => Task.FromResult(acknowledged.Count >= rows), story);

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

    private async Task WriteAsync(string dsn)
    {
        for (var number = 1; !stop.IsCancellationRequested; number++)
        {
            if ((await Psql.RunAsync(dsn, string.Create(CultureInfo.InvariantCulture, $"insert into appended values ({number})"))).Succeeded)
            {
                acknowledged.Enqueue(number);
            }
        }
    }
}
