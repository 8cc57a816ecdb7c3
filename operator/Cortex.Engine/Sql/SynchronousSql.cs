using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>
/// Which value of <c>synchronous_standby_names</c> is really in force. Each process of a server reloads at its own time. A session may show
/// the new value before the checkpointer uses it, which tells backends whether commits wait, and before a walsender uses it, which releases
/// waiting commits.
/// </summary>
public static class SynchronousSql
{
    /// <summary>
    /// Returns when commits wait, after a session has shown the new setting. A connection that is made after that comes from a postmaster
    /// that has signalled all processes; the checkpointer reads the signal before it begins another checkpoint. It may have read its
    /// settings just before the first of the two checkpoints was requested.
    /// </summary>
    public static async Task PublishAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        source.Clear();
        await using var connection = await source.OpenConnectionAsync(ct);
        await InstanceActions.ExecuteAsync(connection, "CHECKPOINT", ct);
        await InstanceActions.ExecuteAsync(connection, "CHECKPOINT", ct);
    }

    /// <summary>
    /// Up to which LSN the primary's WAL is on its disk; every acknowledged commit lies before it. Null while a walsender releases commits
    /// for a standby that is not among <paramref name="standbys"/>: sync_priority is the value that this walsender has loaded.
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

    /// <summary>Whether one of the standbys releases commits and has WAL up to <paramref name="position"/> on its disk.</summary>
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
