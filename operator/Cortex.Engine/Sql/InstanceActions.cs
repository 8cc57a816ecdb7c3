using System.Globalization;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>The statements that the operator executes on a running PostgreSQL server.</summary>
public static class InstanceActions
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Promotes, and returns when the instance has accepted a write. The wait of pg_promote itself polls every 100 ms
    /// (https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL); this method polls more often.
    /// </summary>
    /// <exception cref="TimeoutException">The server is still in recovery after <paramref name="limit"/>.</exception>
    public static async Task PromoteAsync(NpgsqlDataSource source, TimeSpan limit, TimeProvider clock, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        if (await ScalarAsync<bool>(connection, "SELECT pg_is_in_recovery()", ct))
        {
            await ScalarAsync<bool>(connection, "SELECT pg_promote(false)", ct);
        }

        if (!await Until.HoldsAsync(IsPromotedAsync, limit, PollInterval, clock, ct))
        {
            throw new TimeoutException(
                string.Create(CultureInfo.InvariantCulture, $"the server is still in recovery {limit.TotalSeconds:0} s after pg_promote"));
        }

        // Only a server that accepts writes assigns a transaction id.
        await ScalarAsync<bool>(connection, "SELECT pg_current_xact_id() IS NOT NULL", ct);

        async Task<bool> IsPromotedAsync() => !await ScalarAsync<bool>(connection, "SELECT pg_is_in_recovery()", ct);
    }

    /// <summary>Writes all dirty pages, and the present timeline into pg_control.</summary>
    public static async Task CheckpointAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        await ExecuteAsync(connection, "CHECKPOINT", ct);
    }

    /// <summary>
    /// Writes a record into WAL, without a transaction, so that it waits for no standby. A rewound standby is consistent at the position
    /// at which the primary would insert next when pg_rewind ended. At the beginning of a page that is behind the header of the page, which
    /// exists with the next record only: on an idle primary, as after a switch of segments by archive_timeout, the standby would stream and
    /// accept no connection.
    /// </summary>
    public static async Task WriteRecordAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        await ExecuteAsync(connection, "SELECT pg_logical_emit_message(false, 'cortex', 'a standby was made')", ct);
    }

    /// <summary>
    /// Requests a transaction id every few milliseconds until the server no longer assigns one; only a server that accepts writes does.
    /// </summary>
    /// <param name="written">Called after each write.</param>
    /// <param name="stop">Ends the probe, without an exception.</param>
    /// <returns>The time of the last write; null when there was none.</returns>
    public static async Task<DateTimeOffset?> LastWriteAsync(
        NpgsqlDataSource source, TimeProvider clock, Action written, CancellationToken stop)
    {
        DateTimeOffset? last = null;
        try
        {
            await using var connection = await OpenAsync(source, stop);
            while (await ScalarAsync<bool>(connection, "SELECT pg_current_xact_id() IS NOT NULL", stop))
            {
                last = clock.GetUtcNow();
                written();
                await Task.Delay(PollInterval, clock, stop);
            }
        }
        catch (Exception cause) when (cause is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            // The server has ended the session: the gap without writes begins.
        }

        return last;
    }

    /// <summary>Up to which LSN a standby has received WAL.</summary>
    public static async Task<Lsn> ReceivedAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        return Lsn.Parse(
            await ScalarAsync<string>(connection, "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text", ct));
    }

    /// <summary>The LSN at which a primary writes next.</summary>
    public static async Task<Lsn> WrittenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        return Lsn.Parse(await ScalarAsync<string>(connection, "SELECT pg_current_wal_lsn()::text", ct));
    }

    /// <summary>
    /// Whether a standby has replayed up to <paramref name="written"/>, or has paused its replay; it pauses by itself if its primary has a
    /// larger limit, such as max_connections.
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

    /// <summary>Drops the inactive slots of both lists, then makes the missing slots of the first list.</summary>
    /// <param name="reserve">
    /// Whether the slots keep WAL at once; otherwise only after a standby has connected
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

    /// <summary>Makes a slot that keeps WAL from now on; a slot that already does stays unchanged.</summary>
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

    /// <summary>The same for a statement with a secret, which must not be logged: see <see cref="UnloggedSql"/>.</summary>
    internal static async Task ExecuteUnloggedAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var statement in UnloggedSql.Preparation.Append(sql))
        {
            await ExecuteAsync(connection, statement, ct);
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>Returns a connection that works: a pooled one may have died with its server.</summary>
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
