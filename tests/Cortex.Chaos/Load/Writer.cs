using Cortex.Chaos.Record;
using Npgsql;

namespace Cortex.Chaos.Load;

/// <summary>A client that appends numbered rows through one connection, and opens another connection when that is lost.</summary>
internal sealed class Writer(string name, NpgsqlDataSource source, History history)
{
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromMilliseconds(20);

    private NpgsqlConnection? connection;
    private long number;

    public async Task RunAsync(CancellationToken stop)
    {
        await using var owned = source;
        while (!stop.IsCancellationRequested)
        {
            await AppendAsync();
            await Task.Delay(BetweenWrites, CancellationToken.None);
        }

        await DropConnectionAsync();
    }

    /// <summary>Appends one row, and waits for its answer even if the run ends meanwhile.</summary>
    private async Task AppendAsync()
    {
        try
        {
            connection ??= await source.OpenConnectionAsync(CancellationToken.None);
        }
        catch (Exception failure) when (Insert.IsTransient(failure))
        {
            return;
        }

        number++;
        var begun = history.Now;
        try
        {
            var inserted = await Insert.RunAsync(connection, name, number, CancellationToken.None);
            history.Add(new Acknowledged(history.Now, name, number, begun, inserted.Instance, inserted.Timeline, inserted.Lsn));
        }
        catch (Exception failure) when (Insert.IsTransient(failure))
        {
            if (!Insert.IsRefusal(failure))
            {
                history.Add(new Unanswered(history.Now, name, number, begun, failure.Message));
            }

            await DropConnectionAsync();
        }
    }

    private async Task DropConnectionAsync()
    {
        if (connection is { } lost)
        {
            connection = null;
            await lost.DisposeAsync();
        }
    }
}
