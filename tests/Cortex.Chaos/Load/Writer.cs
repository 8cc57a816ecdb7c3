using Cortex.Chaos.Record;
using Npgsql;

namespace Cortex.Chaos.Load;

/// <summary>A client that appends rows with numbers of its own through one connection, and opens another when that is lost.</summary>
internal sealed class Writer(string name, NpgsqlDataSource source, History history)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private NpgsqlConnection? connection;
    private long number;

    public async Task RunAsync(CancellationToken stop)
    {
        await using var owned = source;
        while (!stop.IsCancellationRequested)
        {
            await AppendAsync();
            await Task.Delay(Pause, CancellationToken.None);
        }

        await LoseAsync();
    }

    /// <summary>One row, to its end even when the run is over: what was begun gets an answer or is unknown.</summary>
    private async Task AppendAsync()
    {
        try
        {
            connection ??= await source.OpenConnectionAsync(CancellationToken.None);
        }
        catch (Exception failure) when (Insert.IsPassing(failure))
        {
            return;
        }

        number++;
        var begun = history.Now;
        try
        {
            var taken = await Insert.RunAsync(connection, name, number, CancellationToken.None);
            history.Add(new Acknowledged(history.Now, name, number, begun, taken.Instance, taken.Timeline, taken.Lsn));
        }
        catch (Exception failure) when (Insert.IsPassing(failure))
        {
            if (!Insert.IsRefusal(failure))
            {
                history.Add(new Unanswered(history.Now, name, number, begun, failure.Message));
            }

            await LoseAsync();
        }
    }

    private async Task LoseAsync()
    {
        if (connection is { } lost)
        {
            connection = null;
            await lost.DisposeAsync();
        }
    }
}
