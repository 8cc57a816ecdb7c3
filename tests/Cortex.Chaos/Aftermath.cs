using System.Globalization;
using Cortex.Chaos.Check;
using Cortex.Chaos.Load;
using Cortex.Chaos.Nemesis;
using Cortex.Chaos.Record;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Chaos;

/// <summary>The last look, when the faults are over and nobody writes any more.</summary>
internal sealed class Aftermath(Scene scene, Doors doors)
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(30);

    public async Task<EndState> LookAsync()
    {
        var primary = await scene.PrimaryAsync();
        await using var source = doors.Instance(primary);
        var timeline = Insert.ParseTimeline(await ScalarAsync<string>(source, $"select {Insert.Timeline}"));
        var history = timeline == 1 ? "" : (await Podman.ExecAsync(primary, "cat", $"{Paths.Data}/pg_wal/{Timeline.FileName(timeline)}")).Text();
        var rows = await RowsAsync(source);
        await CompareStandbysAsync(await ScalarAsync<string>(source, "select pg_current_wal_flush_lsn()::text"), rows.Count);
        return new EndState(rows, Ancestry.Parse(timeline, history));
    }

    /// <summary>Whoever follows has every row of the primary's, too.</summary>
    private async Task CompareStandbysAsync(string written, int rows)
    {
        foreach (var standby in await scene.StandbysAsync())
        {
            await using var source = doors.Instance(standby);
            var there = await WithinAsync(source, written);
            if (there != rows)
            {
                scene.History.Add(new Broken(scene.History.Now, standby, string.Create(
                    CultureInfo.InvariantCulture, $"it has {(there is null ? "not received everything" : $"{there} rows")}; the primary has {rows} up to {written}")));
            }
        }
    }

    /// <summary>How many rows there are, once everything was replayed; null when it does not come or nobody answers.</summary>
    private async Task<long?> WithinAsync(NpgsqlDataSource source, string written)
    {
        var begun = scene.History.Now;
        while (scene.History.Now - begun < CatchUp)
        {
            try
            {
                if (await ScalarAsync<bool>(source, $"select pg_last_wal_replay_lsn() >= '{written}'"))
                {
                    return await ScalarAsync<long>(source, "select count(*) from appended");
                }
            }
            catch (Exception failure) when (Insert.IsPassing(failure))
            {
                // Asked again until the time is over.
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
