using System.Globalization;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>What is done to a running PostgreSQL.</summary>
public static class InstanceActions
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Promotes, and returns when the instance was seen taking a write. pg_promote's own wait looks every 100 ms
    /// (https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL); we look more often.
    /// </summary>
    /// <exception cref="TimeoutException">It still recovers after <paramref name="limit"/>.</exception>
    public static async Task PromoteAsync(NpgsqlDataSource source, TimeSpan limit, TimeProvider clock, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        if (await ScalarAsync<bool>(connection, "SELECT pg_is_in_recovery()", ct))
        {
            await ScalarAsync<bool>(connection, "SELECT pg_promote(false)", ct);
        }

        if (!await Until.HoldsAsync(IsPromotedAsync, limit, Poll, clock, ct))
        {
            throw new TimeoutException(
                string.Create(CultureInfo.InvariantCulture, $"it still recovers {limit.TotalSeconds:0} s after pg_promote"));
        }

        // A transaction id is only given to who may write.
        await ScalarAsync<bool>(connection, "SELECT pg_current_xact_id() IS NOT NULL", ct);

        async Task<bool> IsPromotedAsync() => !await ScalarAsync<bool>(connection, "SELECT pg_is_in_recovery()", ct);
    }

    /// <summary>Writes all that is dirty, and the present timeline into pg_control.</summary>
    public static async Task CheckpointAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        await ExecuteAsync(connection, "CHECKPOINT", ct);
    }

    /// <summary>
    /// Takes a transaction id every few milliseconds, which only a server that takes writes gives, until it no longer does.
    /// </summary>
    /// <param name="taken">Called whenever it did.</param>
    /// <param name="stop">Ends the probe, not with an exception.</param>
    /// <returns>When it last did; null when it never did.</returns>
    public static async Task<DateTimeOffset?> LastWriteAsync(
        NpgsqlDataSource source, TimeProvider clock, Action taken, CancellationToken stop)
    {
        DateTimeOffset? last = null;
        try
        {
            await using var connection = await OpenAsync(source, stop);
            while (await ScalarAsync<bool>(connection, "SELECT pg_current_xact_id() IS NOT NULL", stop))
            {
                last = clock.GetUtcNow();
                taken();
                await Task.Delay(Poll, clock, stop);
            }
        }
        catch (Exception cause) when (cause is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            // The end of the sessions is the beginning of the gap.
        }

        return last;
    }

    /// <summary>How far a standby has received.</summary>
    public static async Task<Lsn> ReceivedAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        return Lsn.Parse(
            await ScalarAsync<string>(connection, "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text", ct));
    }

    /// <summary>Where a primary writes next.</summary>
    public static async Task<Lsn> WrittenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        return Lsn.Parse(await ScalarAsync<string>(connection, "SELECT pg_current_wal_lsn()::text", ct));
    }

    /// <summary>
    /// Whether a standby has replayed up to there, or pauses; it does by itself where its primary has a larger limit than it has.
    /// </summary>
    public static async Task<bool> HasReplayedAsync(NpgsqlDataSource source, Lsn written, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        return await ScalarAsync<bool>(
            connection,
            $"SELECT pg_last_wal_replay_lsn() >= {SqlQuote.Literal(written.ToString())}::pg_lsn "
                + "OR pg_get_wal_replay_pause_state() = 'paused'",
            ct);
    }

    /// <summary>Drops what is not in use, of both lists, then makes what is missing of the first.</summary>
    /// <param name="reserve">
    /// They keep WAL at once; else only once a standby came
    /// (https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-REPLICATION).
    /// </param>
    public static async Task ArrangeSlotsAsync(
        NpgsqlDataSource source, IReadOnlyList<string> make, IReadOnlyList<string> drop, bool reserve, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        await ExecuteAsync(
            connection,
            $"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name IN ({List([.. make, .. drop])}) AND NOT "
                + $"active",
            ct);
        foreach (var slot in make)
        {
            await MakeSlotAsync(connection, slot, reserve, ct);
        }
    }

    /// <summary>A slot that keeps WAL from now on; one that does already stays as it is.</summary>
    public static async Task ReserveAsync(NpgsqlDataSource source, string slot, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        await ExecuteAsync(
            connection,
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
                + $"WHERE slot_name = {SqlQuote.Literal(slot)} AND NOT active AND (restart_lsn IS NULL OR wal_status = 'lost')",
            ct);
        await MakeSlotAsync(connection, slot, reserve: true, ct);
    }

    private static Task MakeSlotAsync(NpgsqlConnection connection, string slot, bool reserve, CancellationToken ct) => ExecuteAsync(
        connection,
        $"SELECT pg_create_physical_replication_slot({SqlQuote.Literal(slot)}, {(reserve ? "true" : "false")}) "
            + $"WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = {SqlQuote.Literal(slot)})",
        ct);

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(SqlQuote.Literal));

    public static async Task ReloadAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        await ScalarAsync<bool>(connection, "SELECT pg_reload_conf()", ct);
    }

    internal static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct) is T value
            ? value
            : throw new InvalidOperationException($"PostgreSQL answered nothing to: {sql}");
    }

    internal static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The same for a statement that nobody is to read: see <see cref="UnloggedSql"/>.</summary>
    internal static async Task ExecuteUnloggedAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var statement in UnloggedSql.Preparation.Append(sql))
        {
            await ExecuteAsync(connection, statement, ct);
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>A pooled connection may have died with the server it spoke to; one that answers is wanted.</summary>
    internal static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            await ScalarAsync<int>(connection, "SELECT 1", ct);
            return connection;
        }
        catch (NpgsqlException)
        {
            await connection.DisposeAsync();
            source.Clear();
            return await source.OpenConnectionAsync(ct);
        }
    }
}
