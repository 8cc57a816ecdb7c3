using System.Collections.Frozen;
using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>What a PostgreSQL says about its own parameters, as far as plans depend on it.</summary>
/// <param name="OnlyByRestart">Those that only a restart changes (<c>pg_settings.context = 'postmaster'</c>).</param>
/// <param name="LimitDefaults">Its defaults for the <see cref="StandbyLimits"/> that its files do not name.</param>
public sealed record ServerParameters(IReadOnlySet<string> OnlyByRestart, IReadOnlyDictionary<string, int> LimitDefaults)
{
    /// <summary>
    /// The beginning of a line of the examination that names the parameters that need a restart, and of one with a default.
    /// </summary>
    private const string Restart = "only by restart:";
    private const string Default = "default:";

    /// <summary>A version has about 60 of the former; the image may be of any origin.</summary>
    private const int MostNames = 1000;

    /// <summary>Parameters for developers, which <c>postgres --describe-config</c> leaves out.</summary>
    private static readonly string[] Undescribed =
        ["config_file", "debug_io_direct", "ignore_invalid_pages", "trace_connection_negotiation"];

    /// <summary>
    /// Those of all <see cref="SupportedVersions"/> together, where no image can be asked, with the defaults up to 18 (19 has 128 locks). A
    /// test compares the names with a live server.
    /// </summary>
    public static ServerParameters Usual { get; } = new(
        FrozenSet.ToFrozenSet(
        [
            "archive_mode", "autovacuum_freeze_max_age", "autovacuum_max_workers", "autovacuum_multixact_freeze_max_age",
            "autovacuum_worker_slots", "bonjour", "bonjour_name", "cluster_name", "commit_timestamp_buffers", "config_file",
            "data_directory",
            "data_sync_retry", "debug_io_direct", "dynamic_shared_memory_type", "event_source", "external_pid_file", "hba_file",
            "hosts_file", "hot_standby",
            "huge_page_size", "huge_pages", "ident_file", "ignore_invalid_pages", "io_max_combine_limit", "io_max_concurrency", "io_method",
            "jit_provider", "listen_addresses", "logging_collector", "max_active_replication_origins", "max_connections",
            "max_files_per_process",
            "max_locks_per_transaction", "max_logical_replication_workers", "max_notify_queue_pages", "max_pred_locks_per_transaction",
            "max_prepared_transactions", "max_repack_replication_slots", "max_replication_slots", "max_wal_senders",
            "max_worker_processes", "min_dynamic_shared_memory",
            "multixact_member_buffers", "multixact_offset_buffers", "notify_buffers", "old_snapshot_threshold", "port", "recovery_target",
            "recovery_target_action", "recovery_target_inclusive", "recovery_target_lsn", "recovery_target_name", "recovery_target_time",
            "recovery_target_timeline", "recovery_target_xid", "reserved_connections", "serializable_buffers", "shared_buffers",
            "shared_memory_type", "shared_preload_libraries", "subtransaction_buffers", "superuser_reserved_connections",
            "trace_connection_negotiation", "track_activity_query_size", "track_commit_timestamp", "transaction_buffers",
            "unix_socket_directories", "unix_socket_group",
            "unix_socket_permissions", "wal_buffers", "wal_decode_buffer_size", "wal_level", "wal_log_hints",
        ], StringComparer.OrdinalIgnoreCase),
        new Dictionary<string, int>
        {
            ["max_connections"] = 100,
            ["max_locks_per_transaction"] = 64,
            ["max_prepared_transactions"] = 0,
            ["max_wal_senders"] = 10,
            ["max_worker_processes"] = 8,
        }.ToFrozenDictionary());

    /// <summary>From what <see cref="ProvisioningScripts.Examine"/> printed; null where it is not complete.</summary>
    public static ServerParameters? Parse(IEnumerable<string> lines)
    {
        HashSet<string> restart = new(Undescribed, StringComparer.OrdinalIgnoreCase);
        Dictionary<string, int> defaults = [];
        var described = 0;
        foreach (var line in lines)
        {
            if (line.StartsWith(Restart, StringComparison.Ordinal))
            {
                var names = line[Restart.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Where(Setting.IsName).Take(MostNames).ToList();
                restart.UnionWith(names);
                described += names.Count;
            }
            else if (line.StartsWith(Default, StringComparison.Ordinal)
                && line[Default.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, var said]
                && StandbyLimits.Names.Contains(name) && int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                defaults[name] = value;
            }
        }

        return described > 0 && defaults.Count == StandbyLimits.Names.Count ? new ServerParameters(restart, defaults) : null;
    }

    /// <summary>An unknown parameter counts as reloadable; the server itself reports <c>pending_restart</c> where that was wrong.</summary>
    public bool NeedRestart(string name) => OnlyByRestart.Contains(name);
}
