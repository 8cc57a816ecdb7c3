using System.Globalization;
using Cortex.Chaos.Check;
using Cortex.Chaos.Load;
using Cortex.Chaos.Nemesis;
using Cortex.Chaos.Record;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Chaos;

/// <summary>The check after the faults have ended and the writers have stopped.</summary>
internal sealed class FinalCheck(ChaosContext context, DataSources dataSources)
{
    public async Task<EndState> ReadAsync()
    {
        var primary = await context.PrimaryAsync();
        await using var source = dataSources.Instance(primary);
        var timeline = Insert.ParseTimeline(await ScalarAsync<string>(source, $"select {Insert.Timeline}"));
        var history = timeline == 1
            ? ""
            : (await Podman.ExecAsync(primary, "cat", $"{Paths.Data}/pg_wal/{Timeline.FileName(timeline)}")).Text();
        var rows = await RowsAsync(source);
        await CompareStandbysAsync(await ScalarAsync<string>(source, "select pg_current_wal_flush_lsn()::text"), rows.Count);
        return new EndState(rows, Ancestry.Parse(timeline, history));
    }

    /// <summary>Every standby must have every row of the primary.</summary>
    private async Task CompareStandbysAsync(string written, int rows)
    {
        foreach (var standby in await context.StandbysAsync())
        {
            await using var source = dataSources.Instance(standby);
            var count = await CountAsync(source, written);
            if (count != rows)
            {
                context.History.Add(new BrokenPromise(context.History.Now, standby, string.Create(
                    CultureInfo.InvariantCulture,
                    $"it has {(count is null ? "not received everything" : $"{count} rows")}; the primary has {rows} up to {written}")));
            }
        }
    }

    /// <summary>The number of rows after everything was replayed; null if that takes too long or the instance does not answer.</summary>
    private async Task<long?> CountAsync(NpgsqlDataSource source, string written)
    {
        var begun = context.History.Now;
        while (context.History.Now - begun < context.Options.RecoveryTimeout)
        {
            try
            {
                if (await ScalarAsync<bool>(source, $"select pg_last_wal_replay_lsn() >= '{written}'"))
                {
                    return await ScalarAsync<long>(source, "select count(*) from appended");
                }
            }
            catch (Exception failure) when (Insert.IsTransient(failure))
            {
                // The question is repeated until the time is over.
            }

            await Task.Delay(200);
        }

        return null;
    }

    private static async Task<HashSet<RowId>> RowsAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("select writer, number from appended");
        await using var reader = await command.ExecuteReaderAsync();
        HashSet<RowId> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(new RowId(reader.GetString(0), reader.GetInt64(1)));
        }

        return rows;
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource source, string question)
    {
        await using var command = source.CreateCommand(question);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
