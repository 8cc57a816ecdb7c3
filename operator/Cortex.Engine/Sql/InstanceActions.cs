using System.Globalization;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>What is done to a running PostgreSQL.</summary>
public static class InstanceActions
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Promotes, and returns the new timeline when the instance was seen taking a write. pg_promote's own wait looks every 100 ms
    /// (https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL); we look more often.
    /// </summary>
    /// <exception cref="TimeoutException">It still recovers after <paramref name="limit"/>.</exception>
    public static async Task<long> PromoteAsync(NpgsqlDataSource source, TimeSpan limit, TimeProvider clock, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        var started = clock.GetTimestamp();
        if (await ScalarAsync<bool>(connection, "SELECT pg_is_in_recovery()", ct))
        {
            await ScalarAsync<bool>(connection, "SELECT pg_promote(false)", ct);
        }

        while (await ScalarAsync<bool>(connection, "SELECT pg_is_in_recovery()", ct))
        {
            if (clock.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"it still recovers {limit.TotalSeconds:0} s after pg_promote"));
            }

            await Task.Delay(Poll, clock, ct);
        }

        // A transaction id is only given to who may write.
        var timeline = await ScalarAsync<long>(
            connection, "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint FROM pg_current_xact_id()", ct);
        return timeline;
    }

    /// <summary>Writes all that is dirty and says where WAL ends, so that the shutdown which follows is short.</summary>
    public static async Task<Lsn> CheckpointAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        await ExecuteAsync(connection, "CHECKPOINT", ct);
        return Lsn.Parse(await ScalarAsync<string>(connection, "SELECT pg_current_wal_lsn()::text", ct));
    }

    /// <summary>How far a standby has received.</summary>
    public static async Task<Lsn> ReceivedAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await OpenAsync(source, ct);
        return Lsn.Parse(await ScalarAsync<string>(connection, "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text", ct));
    }

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
