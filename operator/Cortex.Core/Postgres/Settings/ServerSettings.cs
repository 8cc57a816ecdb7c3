using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>What the settings of an instance depend on.</summary>
public sealed record ServerInput
{
    public required ServerPaths Paths { get; init; }

    /// <summary>The instance's name; it marks its log and its replication connection.</summary>
    public required string Instance { get; init; }

    /// <summary>One of the <see cref="SupportedVersions"/>.</summary>
    public required int MajorVersion { get; init; }

    public required int Port { get; init; }

    /// <summary>How this instance follows the primary when it is a standby; a primary ignores it.</summary>
    public required ConnInfo PrimaryConnInfo { get; init; }

    /// <summary>The slot on the primary that keeps WAL for this instance; null for none.</summary>
    public string? PrimarySlotName { get; init; }

    /// <summary>A commit is acknowledged only when one of these has it on disk; empty where commits do not wait.</summary>
    public IReadOnlyList<string> SynchronousStandbys { get; init; } = [];

    /// <summary>The command that archives its WAL; null where it archives nothing.</summary>
    public string? ArchiveCommand { get; init; }
}

/// <summary>The rows of postgresql.conf that do not come from the user, each with its reason.</summary>
/// <remarks>https://www.postgresql.org/docs/current/runtime-config.html</remarks>
public static class ServerSettings
{
    /// <summary>The first version with <c>allow_alter_system</c>.</summary>
    private const int GuardsAlterSystem = 17;

    /// <summary>Each segment counts as archived. With an empty command all WAL would be kept until the disk is full.</summary>
    private const string ArchivesNothing = "true";

    /// <summary>Rows that take precedence; another value is refused.</summary>
    public static IReadOnlyList<Setting> Mandatory(ServerInput input) =>
        [
            .. Files(input.Paths), .. Listening(input), .. Tls(input.Paths), .. Replication(input), .. Archive(input), .. Logging,
            .. Ownership(input.MajorVersion),
        ];

    /// <summary>Rows that the user may override.</summary>
    public static readonly IReadOnlyList<Setting> Default =
    [
        new("wal_level", "replica", "the least that a standby can follow"),
        new("max_wal_senders", "10", "each standby needs one, its clone two more, and a dropped link holds its own until the timeout"),
        new("max_replication_slots", "10", "one for each standby, with room to grow without a restart"),
        new("wal_keep_size", "512MB", "a short outage of a standby needs no new clone"),
        new("max_slot_wal_keep_size", "4GB", "an absent standby cannot fill the primary's disk"),
        new("wal_retrieve_retry_interval", "200ms", "a standby follows a new primary at once; the server's own default is 5 s"),
        new("wal_sender_timeout", "10s", "a lost standby is noticed in seconds and frees its connection"),
        new("wal_receiver_timeout", "10s", "a standby of a silent primary looks for the new one in seconds"),
        new("wal_receiver_status_interval", "1s", "the lag that is reported is at most a second old"),
        new("tcp_keepalives_idle", "10", "sessions of vanished clients end in half a minute, not in two hours"),
        new("tcp_keepalives_interval", "5", "see tcp_keepalives_idle"),
        new("tcp_keepalives_count", "4", "see tcp_keepalives_idle"),
        new(
            "restart_after_crash",
            "on",
            "a crashed backend is recovered in place, with no controller's help; it stays what it was, so there is no second writer"),
        new("hot_standby_feedback", "off", "a long query on a standby must not bloat the primary"),
        new("log_checkpoints", "on", "tells slow disks from slow queries after the fact"),
        new("log_line_prefix", "%m [%p] %q%u@%d %a ", "when, which process, and for sessions who"),
        new("log_timezone", "UTC", "logs of several instances can be laid side by side"),
        new("log_lock_waits", "on", "names who waits for whom"),
    ];

    /// <summary>Rows that the user may override, for an instance that archives its WAL.</summary>
    public static readonly IReadOnlyList<Setting> DefaultOfArchive =
    [
        new("archive_timeout", "1min", "what was written is in the repository a minute later, also where little is written"),
    ];

    private static Setting[] Files(ServerPaths paths) =>
    [
        new("data_directory", paths.Data, "the configuration lives outside of it"),
        new("hba_file", paths.HbaFile, "who may connect is not part of a clone"),
        new("ident_file", paths.IdentFile, "see hba_file"),
    ];

    private static Setting[] Listening(ServerInput input) =>
    [
        new("listen_addresses", "*", "reached by its name in the cluster's network; pg_hba.conf decides who comes in"),
        new("port", input.Port.ToString(CultureInfo.InvariantCulture), "every instance listens on the same port inside the network"),
        new("unix_socket_directories", input.Paths.Sockets, "the root file system is read-only, so the default place cannot be used"),
    ];

    private static Setting[] Tls(ServerPaths paths) =>
    [
        new("ssl", "on", "TLS is the only way in"),
        new("ssl_min_protocol_version", "TLSv1.3", "no weaker protocol can be negotiated"),
        new("ssl_max_protocol_version", "", "no upper bound, or newer protocols were shut out"),
        new("ssl_cert_file", paths.ServerPair, "proves this instance to clients and standbys"),
        new("ssl_key_file", paths.ServerPair, "see ssl_cert_file"),
        new(
            "ssl_ca_file",
            paths.AuthorityCertificate,
            "client certificates of the cluster's own authority log in the operator and replication"),
        new("password_encryption", "scram-sha-256", "the only password method that pg_hba.conf offers"),
    ];

    private static Setting[] Replication(ServerInput input) =>
    [
        new("cluster_name", input.Instance, "shows in the process list, and tells two instances on one machine apart"),
        new("hot_standby", "on", "a standby answers queries, the operator's among them"),
        new("wal_log_hints", "on", "pg_rewind can bring back a former primary, with checksums or without"),
        new("recovery_target_timeline", "latest", "standbys follow a promotion by themselves"),
        new("primary_conninfo", input.PrimaryConnInfo.ToString(), "names every instance, so a promotion needs no edit here"),
        .. input.PrimarySlotName is { } slot
            ? [new Setting("primary_slot_name", slot, "the primary keeps WAL for this standby while it is away")]
            : Array.Empty<Setting>(),
        // Written even where it is empty: to return to that is a reload, too.
        new(
            "synchronous_standby_names",
            SyncStandbys.Render(input.SynchronousStandbys),
            "spec.replication says whether a commit waits for a standby"),
    ];

    private static Setting[] Archive(ServerInput input) =>
    [
        new("archive_mode", "on", "to change it takes a restart, so it is on before there is a repository"),
        new("archive_command", input.ArchiveCommand ?? ArchivesNothing, "spec.backup says where WAL is archived to"),
    ];

    private static readonly Setting[] Logging =
    [
        new("log_destination", "stderr", "the container's log is the only log"),
        new("lc_messages", "C", "what the server says of a start that fails is read by the operator, which knows it in English"),
        new("logging_collector", "off", "log files would fill the data volume unseen"),
    ];

    private static IEnumerable<Setting> Ownership(int majorVersion)
    {
        if (majorVersion >= GuardsAlterSystem)
        {
            yield return new Setting("allow_alter_system", "off", "ALTER SYSTEM would override this file, unseen by the resource");
        }
    }
}
