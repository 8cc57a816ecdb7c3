using Cortex.Chaos.Record;
using Npgsql;

namespace Cortex.Chaos.Load;

/// <summary>The answer of one instance.</summary>
internal sealed record ProbeAnswer(DateTimeOffset BegunAt, bool AcceptsWrites, bool Receives);

/// <summary>Repeatedly asks one instance from outside whether it accepts writes. If it does, the probe inserts a row.</summary>
internal sealed class Probe(string instance, NpgsqlDataSource source, History history)
{
    private const string Question =
        $"select case when pg_is_in_recovery() then null else {Insert.Timeline} end, exists (select from pg_stat_wal_receiver where pid is "
            + $"not null)";

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(40);

    private readonly string name = $"probe-{instance}";
    private long number;

    public string Instance => instance;

    /// <summary>The last answer; null before the first one.</summary>
    public ProbeAnswer? Last { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        await using var owned = source;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stop);
                await AskAsync(connection);
            }
            catch (Exception failure) when (Insert.IsTransient(failure) || stop.IsCancellationRequested)
            {
                // Without an answer, Last remains unchanged.
            }

            await Task.Delay(BetweenAttempts, CancellationToken.None);
        }
    }

    private async Task AskAsync(NpgsqlConnection connection)
    {
        var begun = history.Now;
        string? timeline;
        await using (var command = new NpgsqlCommand(Question, connection))
        {
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            await reader.ReadAsync(CancellationToken.None);
            timeline = await reader.IsDBNullAsync(0, CancellationToken.None) ? null : reader.GetString(0);
            Last = new ProbeAnswer(begun, timeline is not null, reader.GetBoolean(1));
        }

        if (timeline is not null)
        {
            var answered = history.Now;
            if (!await InsertRowAsync(connection))
            {
                history.Add(new WriterSeen(answered, name, begun, instance, Insert.ParseTimeline(timeline)));
            }
        }
    }

    private async Task<bool> InsertRowAsync(NpgsqlConnection connection)
    {
        number++;
        var begun = history.Now;
        try
        {
            var inserted = await Insert.RunAsync(connection, name, number, CancellationToken.None);
            history.Add(new Acknowledged(history.Now, name, number, begun, inserted.Instance, inserted.Timeline, inserted.Lsn));
            return true;
        }
        catch (Exception failure) when (Insert.IsTransient(failure))
        {
            if (!Insert.IsRefusal(failure))
            {
                history.Add(new Unanswered(history.Now, name, number, begun, failure.Message));
            }

            await connection.CloseAsync();
            return false;
        }
    }
}
