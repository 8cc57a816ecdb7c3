using System.Text.RegularExpressions;
using Cortex.Core.Backup;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Act;
using Cortex.Engine.Sql;
using Npgsql;

namespace Cortex.Engine.Backup;

/// <summary>
/// The archive across a promotion. A standby marks all WAL that it receives as archived, because its primary archives it. WAL that a dead
/// primary had sent but not archived would never be archived, and no moment after this gap could be restored from an earlier backup.
/// </summary>
public sealed partial class ArchiveHandOver(PostgresSessions sessions)
{
    /// <summary>The most segments that a standby may have and the archive may lack: 2 GB.</summary>
    private const int MostSegments = 128;

    /// <summary>How far a standby has WAL, and the history of the timeline that it follows; the first timeline has none.</summary>
    private const string Received =
        """
        SELECT coalesce(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')::text, newest.name,
               pg_read_file('pg_wal/' || newest.name, 0, 1048576)
        FROM (SELECT max(name COLLATE "C") AS name FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{8}\.history$') AS newest
        """;

    /// <summary>
    /// The marking takes some milliseconds and does not touch the repository. No instance accepts writes during this time, but an
    /// overloaded machine that needs a second must not leave a gap in the archive.
    /// </summary>
    private static readonly TimeSpan MarkingTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Just before the promotion: marks the WAL that the standby has received, and that is not known to be archived, to be archived. After
    /// the promotion would be too late: its checkpoint may remove this WAL. A failure is reported and does not delay the promotion.
    /// </summary>
    public async Task BeforeAsync(Pass pass, string instance, CancellationToken ct)
    {
        if (pass.Spec.Backup is null)
        {
            return;
        }

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(MarkingTimeout);
        try
        {
            var bound = ArchiveBound.Of(pass.Cluster.Status?.Backup?.Archive?.LastArchived);
            await MarkAsync(sessions.Demand(pass, instance), bound, limited.Token).WaitAsync(MarkingTimeout, ct);
        }
        catch (Exception cause) when (!ct.IsCancellationRequested)
        {
            pass.Tell(new ClusterEvent(
                true,
                EventReasons.ArchiveGap,
                $"what {instance} received last may be missing in the archive: {cause.Message}. "
                    + "Make a full backup: earlier ones may not lead up to later moments"));
        }
    }

    /// <summary>Just after the promotion: the new timeline reaches the archive at once, not when its first segment is full.</summary>
    public async Task AfterAsync(Pass pass, string instance, CancellationToken ct)
    {
        if (pass.Spec.Backup is null)
        {
            return;
        }

        try
        {
            await using var connection = await InstanceActions.OpenAsync(sessions.Demand(pass, instance), ct);
            await InstanceActions.ExecuteAsync(connection, "SELECT pg_switch_wal()", ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // archive_timeout does the same a minute later.
        }
    }

    private static async Task MarkAsync(NpgsqlDataSource source, ArchiveBound bound, CancellationToken ct)
    {
        await using var connection = await InstanceActions.OpenAsync(source, ct);
        var received = await ReceivedAsync(connection, ct);
        List<string> names = [];
        await using (var command = new NpgsqlCommand(bound.Query(MostSegments), connection))
        await using (var rows = await command.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                names.Add(rows.GetString(0));
            }
        }

        if (received.CompleteOf([.. names.Where(name => Archivable().IsMatch(name))]) is { Count: > 0 } marks)
        {
            var program = $"cd pg_wal/archive_status && {string.Join(" && ", marks.Select(name => $"mv {name}.done {name}.ready"))}";
            await InstanceActions.ExecuteAsync(connection, $"COPY (SELECT '') TO PROGRAM {SqlQuote.Literal(program)}", ct);
        }
    }

    private static async Task<ReceivedWal> ReceivedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Received, connection);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var end = Lsn.Parse(row.GetString(0));
        return await row.IsDBNullAsync(1, ct)
            ? new ReceivedWal(Timeline.First, end)
            : new ReceivedWal(Timeline.Parse(Convert.ToUInt32(row.GetString(1)[..8], 16), row.GetString(2)), end);
    }

    [GeneratedRegex(@"^([0-9A-F]{24}|[0-9A-F]{8}\.history)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Archivable();
}
