using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Pki;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;

namespace Cortex.Core.Planning;

/// <summary>What one pass has seen of the cluster. What is missing here is unknown, unless a comment says that it is absent.</summary>
public sealed record Observation
{
    public required ClusterKey Cluster { get; init; }

    /// <summary>What exists; absence here is proven.</summary>
    public required Inventory Inventory { get; init; }

    public required ImageSeen Image { get; init; }

    /// <summary>The certificates that could be read, by the name of their secret.</summary>
    public IReadOnlyDictionary<string, CertificateFacts> Certificates { get; init; } = new Dictionary<string, CertificateFacts>();

    /// <summary>The certificate of the authority, as clients get it; null while there is no authority, or it could not be read.</summary>
    public string? AuthorityPem { get; init; }

    /// <summary>The answers of PostgreSQL, by instance. An instance without an answer may be dead, starting or unreachable.</summary>
    public IReadOnlyDictionary<string, PostgresSeen> Postgres { get; init; } = new Dictionary<string, PostgresSeen>();

    /// <summary>By instance, the certificates that servers show which run and do not answer. Perhaps they cannot be verified.</summary>
    public IReadOnlyDictionary<string, CertificateFacts> Shown { get; init; } = new Dictionary<string, CertificateFacts>();

    /// <summary>
    /// Data directories by instance. They are read only while no primary is decided and volumes exist, when a cluster is adopted.
    /// </summary>
    public IReadOnlyDictionary<string, DataSeen> Data { get; init; } = new Dictionary<string, DataSeen>();

    /// <summary>
    /// The control files of instances that do not answer, by instance. A running server may be slightly ahead of its control file.
    /// </summary>
    public IReadOnlyDictionary<string, ControlFile> Control { get; init; } = new Dictionary<string, ControlFile>();

    /// <summary>
    /// By instance, why its volume could not become that of a standby: its data must not be deleted. Unknown after a restart of the
    /// operator.
    /// </summary>
    public IReadOnlyDictionary<string, string> KeptData { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Instances that need a new copy, which the primary's tablespaces prevent. This is found by an attempt, so it is unknown after a
    /// restart of the operator. Empty where the primary has no tablespaces.
    /// </summary>
    public IReadOnlySet<string> CopyRefused { get; init; } = new HashSet<string>();

    /// <summary>
    /// Fields of the spec that PostgreSQL refuses, in words: a server of the image was started with them and did not come up. Empty where
    /// it came up, or was not tried yet.
    /// </summary>
    public IReadOnlyList<FieldRefusal> RefusedConfiguration { get; init; } = [];

    /// <summary>The configuration that this operator last wrote into each volume; unknown after a restart of the operator.</summary>
    public IReadOnlyDictionary<string, string> WrittenRevisions { get; init; } = new Dictionary<string, string>();

    /// <summary>By instance, the configuration that its server was last told to load; unknown after a restart of the operator.</summary>
    public IReadOnlyDictionary<string, ReloadSent> Reloads { get; init; } = new Dictionary<string, ReloadSent>();

    /// <summary>Whether the application's role and database are as the spec says; unknown while the primary does not answer.</summary>
    public Fact<bool> ApplicationReady { get; init; }

    /// <summary>Whether a database with the name in the spec exists; unknown while the primary does not answer.</summary>
    public Fact<bool> DatabaseExists { get; init; }

    /// <summary>What prevents the application from logging in; nothing where that is not known.</summary>
    public LoginObstacle LoginObstacle { get; init; }

    /// <summary>Of instances that have a pod and do not answer: why PostgreSQL last ended, in its own words.</summary>
    public IReadOnlyDictionary<string, string> FatalMessages { get; init; } = new Dictionary<string, string>();

    /// <summary>Of instances that have a pod and do not answer: when PostgreSQL ended without being told to, the latest last.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ServerEnd>> Ends { get; init; } = new Dictionary<string, IReadOnlyList<ServerEnd>>();

    /// <summary>
    /// How the primary archives its WAL; null where the spec asks for no backups, the primary was not asked, or it did not tell.
    /// </summary>
    public ArchiveSeen? Archive { get; init; }

    /// <summary>The versions of the secrets that spec.backup names and that exist, by name.</summary>
    public IReadOnlyDictionary<string, string> BackupSecrets { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The source of the restore of a cluster without data; null where nothing is restored, a restore is in progress, or the source was not
    /// read.
    /// </summary>
    public RestoreSourceSeen? RestoreSource { get; init; }

    /// <summary>The progress of jobs that restore a backup or replay an archive, by instance.</summary>
    public IReadOnlyDictionary<string, RestoreProgress> Restoring { get; init; } = new Dictionary<string, RestoreProgress>();

    public PostgresSeen? Answer(string? instance) => instance is null ? null : Postgres.GetValueOrDefault(instance);
}

/// <summary>A value that may not be known. An observed <c>bool</c> always has its "known" beside it. The default is unknown.</summary>
public readonly record struct Fact<T>(bool Known, T Value)
    where T : struct
{
    public bool Is(T value) => Known && EqualityComparer<T>.Default.Equals(Value, value);
}

/// <summary>What is known about the image: its facts, or a problem in words.</summary>
public sealed record ImageSeen(ImageFacts? Facts, string? Problem);

/// <summary>A server was told to load the configuration in its volume.</summary>
public sealed record ReloadSent(string Revision, DateTimeOffset At);

/// <summary>A complete data directory at rest, as pg_controldata tells it.</summary>
/// <param name="SystemIdentifier">Of initdb.</param>
/// <param name="Timeline">Of the latest checkpoint.</param>
/// <param name="IsStandby">It has a standby.signal.</param>
/// <param name="MajorVersion">Of the PostgreSQL that created it; null where that is not known.</param>
public sealed record DataSeen(string SystemIdentifier, long Timeline, bool IsStandby, int? MajorVersion = null)
{
    /// <summary>The request for which a restore in this volume was made; null where there was none.</summary>
    public string? Restored { get; init; }
}

/// <summary>The answer of one PostgreSQL server.</summary>
public sealed record PostgresSeen
{
    /// <summary>It is a standby.</summary>
    public required bool InRecovery { get; init; }

    public bool AcceptsWrites => !InRecovery;

    public bool IsStreamingStandby => InRecovery && Streaming;

    public required string SystemIdentifier { get; init; }

    public required long Timeline { get; init; }

    /// <summary>Written (primary) or received (standby), in bytes from the start of WAL.</summary>
    public required ulong Lsn { get; init; }

    /// <summary>A standby whose WAL receiver streams.</summary>
    public bool Streaming { get; init; }

    /// <summary>A standby that has not reached the end of its own WAL since it started: it has more than <see cref="Lsn"/> says.</summary>
    public bool StillReplaying { get; init; }

    /// <summary>The hash of the loaded configuration; null when the setting does not exist.</summary>
    public string? Revision { get; init; }

    /// <summary>
    /// What it says about lines of its files that it cannot load: it continues with the old ones, and would not start again. Empty where
    /// all are valid.
    /// </summary>
    public IReadOnlyList<string> UnloadableLines { get; init; } = [];

    /// <summary>The operator's own connection is TLS 1.3, and no connection from a network is without TLS.</summary>
    public bool OnlyTls { get; init; }

    /// <summary>On a primary: the standbys that stream from it, by instance, and how many bytes each is behind in replay.</summary>
    public IReadOnlyDictionary<string, long> Standbys { get; init; } = new Dictionary<string, long>();

    /// <summary>On a primary: the base backups that are taken from it for new standbys, by the instance that each is for.</summary>
    public IReadOnlyDictionary<string, CopySeen> Copies { get; init; } = new Dictionary<string, CopySeen>();

    /// <summary>On a primary: the history of its timeline. Null on a standby.</summary>
    public Timeline? History { get; init; }

    /// <summary>Its physical replication slots, by name.</summary>
    public IReadOnlyDictionary<string, SlotSeen> Slots { get; init; } = new Dictionary<string, SlotSeen>();

    /// <summary>
    /// Users' logical replication slots by name, and whether each is a copy of the primary's slot that PostgreSQL keeps up to date.
    /// </summary>
    public IReadOnlyDictionary<string, bool> LogicalSlots { get; init; } = new Dictionary<string, bool>();

    /// <summary>On a primary with an unused slot: where the WAL that it still has begins, in bytes. Null otherwise.</summary>
    public ulong? OldestWal { get; init; }

    /// <summary>On a primary: the tablespaces outside the data directory that users created, as <c>name at path</c>.</summary>
    public IReadOnlyList<string> Tablespaces { get; init; } = [];

    /// <summary>Beside its data lies the copy that they replaced, or what is left of an interrupted copy.</summary>
    public bool HasOldCopy { get; init; }

    /// <summary>The space of its volume; null where its container was made by an earlier version, or has just started.</summary>
    public DiskSpace? Disk { get; init; }

    /// <summary>The value of synchronous_standby_names that is in force.</summary>
    public string SynchronousNames { get; init; } = "";

    /// <summary>The parameters whose new value in the operator's file waits for a restart.</summary>
    public IReadOnlyList<string> PendingRestart { get; init; } = [];

    /// <summary>
    /// The parameters to which ALTER SYSTEM gave a value that waits for a restart. The value was never tried, so no instance is restarted
    /// for it.
    /// </summary>
    public IReadOnlyList<string> Overridden { get; init; } = [];

    /// <summary>The values of the <see cref="StandbyLimits"/> that are in force.</summary>
    public IReadOnlyDictionary<string, int> Limits { get; init; } = new Dictionary<string, int>();

    /// <summary>How many transactions are prepared (PREPARE TRANSACTION). With a limit below this the server does not start.</summary>
    public int PreparedTransactions { get; init; }

    /// <summary>The running version, such as <c>17.6</c>.</summary>
    public string? Version { get; init; }
}

/// <summary>A physical replication slot.</summary>
/// <param name="Active">A standby streams through it.</param>
/// <param name="Reserved">It keeps WAL.</param>
/// <param name="Lost">It kept WAL up to max_slot_wal_keep_size, and the WAL that its standby needs is gone.</param>
public sealed record SlotSeen(bool Active, bool Reserved, bool Lost);
