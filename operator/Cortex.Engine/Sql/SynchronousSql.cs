using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>
/// What is really in force of <c>synchronous_standby_names</c>. A reload reaches every process of a server in its own time: that a session
/// shows the new value says nothing of the checkpointer, which tells backends whether commits wait, nor of a walsender, which lets waiting
/// commits go.
/// </summary>
public static class SynchronousSql
{
    /// <summary>
    /// Returns when commits wait, given that a session has shown that they are to. A connection that is made after that comes from a
    /// postmaster that has sent its signal to all; the checkpointer reads it before it begins another checkpoint. It may just have looked
    /// when the first of the two was asked for.
    /// </summary>
    public static async Task PublishAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        source.Clear();
        await using var connection = await source.OpenConnectionAsync(ct);
        await InstanceActions.ExecuteAsync(connection, "CHECKPOINT", ct);
        await InstanceActions.ExecuteAsync(connection, "CHECKPOINT", ct);
    }

    /// <summary>
    /// How far the primary's WAL is on its disk, and so whatever it has acknowledged; null while a walsender lets commits go for anybody
    /// but <paramref name="standbys"/>: sync_priority is what that walsender itself has loaded.
    /// </summary>
    public static async Task<Lsn?> PositionAsync(NpgsqlDataSource source, IReadOnlyList<string> standbys, CancellationToken ct)
    {
        await using var connection = await InstanceActions.OpenAsync(source, ct);
        return await InstanceActions.ScalarAsync<bool>(
            connection,
            $"SELECT NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_priority > 0 AND application_name NOT IN ({List(standbys)}))",
            ct)
            ? Lsn.Parse(await InstanceActions.ScalarAsync<string>(connection, "SELECT pg_current_wal_flush_lsn()::text", ct))
            : null;
    }

    /// <summary>One of them lets commits go, and has WAL up to <paramref name="position"/> on its disk.</summary>
    public static async Task<bool> AnyHasAsync(NpgsqlDataSource source, IReadOnlyList<string> standbys, Lsn position, CancellationToken ct)
    {
        await using var connection = await InstanceActions.OpenAsync(source, ct);
        return await InstanceActions.ScalarAsync<bool>(
            connection,
            $"SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name IN ({List(standbys)}) AND state = 'streaming' AND "
                + $"sync_priority > 0 AND flush_lsn >= '{position}')",
            ct);
    }

    public static async Task<bool> AnyStreamsAsync(NpgsqlDataSource source, IReadOnlyList<string> standbys, CancellationToken ct)
    {
        await using var connection = await InstanceActions.OpenAsync(source, ct);
        return await InstanceActions.ScalarAsync<bool>(
            connection,
            $"SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name IN ({List(standbys)}) AND state = 'streaming')", ct);
    }

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(SqlQuote.Literal));
}
