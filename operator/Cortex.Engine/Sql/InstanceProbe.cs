using System.Text.Json;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>One query for everything that a plan needs to know about an instance.</summary>
public static class InstanceProbe
{
    private static readonly string Limits = string.Join(", ", StandbyLimits.Names.Select(SqlQuote.Literal));

    // The timeline of a new primary is in its WAL file name at once, and that of a standby without a receiver in the names of the files
    // that it received; pg_control follows only with the next checkpoint. A setting that was put into the file and taken out again stays
    // marked as pending, although a restart would change nothing. Settings of ALTER SYSTEM override the operator's file and are reported
    // apart.
    private static readonly string Query =
        $$"""
        SELECT r.recovering,
               (SELECT system_identifier::text FROM pg_control_system()),
               CASE WHEN r.recovering
                    THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
                                  (SELECT ('x' || max(substr(name, 1, 8)))::bit(32)::bigint FROM pg_ls_waldir()
                                   WHERE name ~ '^[0-9A-F]{24}$'),
                                  (SELECT timeline_id FROM pg_control_checkpoint()))::bigint
                    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END,
               CASE WHEN r.recovering
                    THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                    ELSE pg_current_wal_lsn() END::text,
               EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming'),
               current_setting('cortex.revision', true),
               (SELECT ssl AND version = 'TLSv1.3' FROM pg_stat_ssl WHERE pid = pg_backend_pid())
                   AND NOT EXISTS (SELECT FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
                                   WHERE a.client_addr IS NOT NULL AND NOT s.ssl),
               CASE WHEN r.recovering THEN '{}'
                    ELSE coalesce((SELECT json_object_agg(
                                       application_name, greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint)
                                   FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL), '{}')::text END,
               CASE WHEN r.recovering THEN NULL
                    ELSE convert_from(pg_read_binary_file(
                        'pg_wal/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '.history', 0, 1048576, true), 'UTF8') END,
               coalesce((SELECT json_object_agg(slot_name, json_build_object(
                             'Active', active, 'Reserved', restart_lsn IS NOT NULL, 'Lost', (wal_status = 'lost') IS TRUE))
                         FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary), '{}')::text,
               (SELECT isdir FROM pg_stat_file('{{Paths.OldData}}', true)) IS TRUE
                   OR (SELECT isdir FROM pg_stat_file('{{Paths.NewData}}', true)) IS TRUE,
               current_setting('synchronous_standby_names'),
               coalesce((SELECT json_agg(name) FROM pg_settings
                         WHERE pending_restart
                           AND ((source = 'configuration file' AND coalesce(sourcefile, '') NOT LIKE '%postgresql.auto.conf')
                                OR name IN (SELECT name FROM pg_file_settings))
                           AND NOT EXISTS (SELECT FROM pg_file_settings altered
                                       WHERE altered.name = pg_settings.name AND altered.sourcefile LIKE '%postgresql.auto.conf')),
                        '[]')::text,
               (SELECT json_object_agg(name, setting::int) FROM pg_settings WHERE name IN ({{Limits}}))::text,
               current_setting('server_version'),
               r.recovering AND pg_last_wal_receive_lsn() IS NULL,
               CASE WHEN NOT r.recovering AND EXISTS (SELECT FROM pg_replication_slots WHERE NOT active)
                    THEN (SELECT left(file, 8) || '/'
                              || to_hex(('x' || right(file, 8))::bit(32)::bigint * pg_size_bytes(current_setting('wal_segment_size')))
                          FROM (SELECT min(right(name, 16)) AS file FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$') oldest) END,
               coalesce((SELECT json_agg(line) FROM (
                   SELECT left(format('pg_hba.conf line %s: %s', line_number, error), 300) AS line
                   FROM pg_hba_file_rules WHERE error IS NOT NULL
                   UNION ALL
                   SELECT left(format('pg_ident.conf line %s: %s', line_number, error), 300)
                   FROM pg_ident_file_mappings WHERE error IS NOT NULL LIMIT 5) unloadable), '[]')::text,
               CASE WHEN r.recovering THEN '[]'
                    ELSE coalesce((SELECT json_agg(line) FROM (
                        SELECT left(format('%s at %s', spcname, pg_tablespace_location(oid)), 300) AS line
                        FROM pg_tablespace WHERE pg_tablespace_location(oid) LIKE '/%' ORDER BY spcname LIMIT 5) spaces), '[]')::text END,
               coalesce((SELECT json_object_agg(slot_name, (to_jsonb(s) ->> 'synced') IS NOT DISTINCT FROM 'true')
                         FROM pg_replication_slots s WHERE slot_type = 'logical' AND NOT temporary), '{}')::text,
               coalesce((SELECT json_agg(name) FROM pg_settings
                         WHERE pending_restart
                           AND EXISTS (SELECT FROM pg_file_settings altered
                                       WHERE altered.name = pg_settings.name AND altered.sourcefile LIKE '%postgresql.auto.conf')),
                        '[]')::text,
               (SELECT count(*)::int FROM pg_prepared_xacts),
               CASE WHEN r.recovering THEN '{}'
                    ELSE coalesce((SELECT json_object_agg(
                                            substr(application_name, {{ConnInfo.CopyFor.Length + 1}}),
                                            json_build_object(
                                              'Phase', phase, 'Streamed', coalesce(backup_streamed, 0), 'Total', backup_total))
                                   FROM pg_stat_progress_basebackup JOIN pg_stat_activity USING (pid)
                                   WHERE starts_with(application_name, {{SqlQuote.Literal(ConnInfo.CopyFor)}})), '{}')::text END,
               pg_read_file('{{Paths.DiskSpace}}', 0, 64, true)
        FROM (SELECT pg_is_in_recovery() AS recovering) r
        """;

    /// <summary>The limit for names that PostgreSQL chooses: an identifier has 63 characters, a version fewer.</summary>
    private const int LongestName = 64;

    private const int MostNames = 100;

    /// <summary>
    /// Null when the server does not answer in time (down, starting, or cut off), and when its answer is not one of PostgreSQL. If a pooled
    /// connection is dead, a new one is tried once.
    /// </summary>
    public static async Task<PostgresSeen?> AskAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                return await ReadAsync(source, ct);
            }
            catch (NpgsqlException) when (attempt == 0 && !ct.IsCancellationRequested)
            {
                source.Clear();
            }
            catch (Exception)
            {
                // An answer of a program that is not PostgreSQL can fail in any way.
                return null;
            }
        }

        return null;
    }

    private static async Task<PostgresSeen?> ReadAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Query);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var (recovering, timeline) = (row.GetBoolean(0), row.GetInt64(2));
        return new PostgresSeen
        {
            InRecovery = recovering,
            SystemIdentifier = Name(row.GetString(1)),
            Timeline = timeline,
            Lsn = Lsn.Parse(row.GetString(3)).Bytes,
            Streaming = row.GetBoolean(4),
            Revision = await row.IsDBNullAsync(5, ct) ? null : Name(row.GetString(5)),
            OnlyTls = row.GetBoolean(6),
            Standbys = JsonSerializer.Deserialize<Dictionary<string, long>>(row.GetString(7)) ?? [],
            History = recovering ? null : await row.IsDBNullAsync(8, ct) ? Timeline.First : Timeline.Parse(
                (uint)timeline, row.GetString(8)),
            Slots = JsonSerializer.Deserialize<Dictionary<string, SlotSeen>>(row.GetString(9)) ?? [],
            HasOldCopy = row.GetBoolean(10),
            SynchronousNames = row.GetString(11),
            PendingRestart = ReadNames(row.GetString(12)),
            Limits = JsonSerializer.Deserialize<Dictionary<string, int>>(row.GetString(13)) ?? [],
            Version = Name(row.GetString(14).Split(' ')[0]),
            // A standby requests WAL from its primary only after it has replayed all local WAL
            // (https://www.postgresql.org/docs/current/warm-standby.html#STANDBY-SERVER-OPERATION).
            StillReplaying = row.GetBoolean(15),
            // The folder is read only if a standby that is not connected may need a removed segment.
            OldestWal = await row.IsDBNullAsync(16, ct) ? null : Lsn.Parse(row.GetString(16)).Bytes,
            UnloadableLines = JsonSerializer.Deserialize<List<string>>(row.GetString(17)) ?? [],
            Tablespaces = JsonSerializer.Deserialize<List<string>>(row.GetString(18)) ?? [],
            LogicalSlots = (JsonSerializer.Deserialize<Dictionary<string,
                bool>>(row.GetString(19)) ?? []).Take(MostNames).ToDictionary(pair => Name(pair.Key), pair => pair.Value),
            Overridden = ReadNames(row.GetString(20)),
            PreparedTransactions = row.GetInt32(21),
            Copies = (JsonSerializer.Deserialize<Dictionary<string, CopySeen>>(row.GetString(22)) ?? [])
                .Take(MostNames).ToDictionary(pair => Name(pair.Key), pair => pair.Value with { Phase = Name(pair.Value.Phase) }),
            Disk = await row.IsDBNullAsync(23, ct) ? null : DiskSpace.Parse(row.GetString(23)),
        };
    }

    private static IReadOnlyList<string> ReadNames(string array) =>
        [.. (JsonSerializer.Deserialize<List<string>>(array) ?? []).Take(MostNames).Select(Name)];

    /// <summary>Checks a name that becomes a part of the status.</summary>
    private static string Name(string said) =>
        said.Length <= LongestName && !said.Any(char.IsControl) ? said : throw new FormatException($"a name of {said.Length} characters");
}
