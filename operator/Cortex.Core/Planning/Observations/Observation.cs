using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Pki;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>The world as seen in one pass. What is missing from it is unknown, unless a comment says that it is absent.</summary>
public sealed record Observation
{
    public required ClusterKey Cluster { get; init; }

    /// <summary>What exists; absence here is proven.</summary>
    public required Inventory Inventory { get; init; }

    public required ImageSeen Image { get; init; }

    /// <summary>Certificates by the name of their secret, those that could be read.</summary>
    public IReadOnlyDictionary<string, CertificateFacts> Certificates { get; init; } = new Dictionary<string, CertificateFacts>();

    /// <summary>The certificate of the authority, as clients get it; null while there is none, or it could not be read.</summary>
    public string? AuthorityPem { get; init; }

    /// <summary>PostgreSQL by instance, those that answered. One that is not in it may be dead, starting or cut off.</summary>
    public IReadOnlyDictionary<string, PostgresSeen> Postgres { get; init; } = new Dictionary<string, PostgresSeen>();

    /// <summary>The certificates that servers show which run and do not answer, by instance: it may be that they cannot be verified.</summary>
    public IReadOnlyDictionary<string, CertificateFacts> Shown { get; init; } = new Dictionary<string, CertificateFacts>();

    /// <summary>Data directories by instance. Looked at only while no primary is decided and volumes exist: a cluster taken up again.</summary>
    public IReadOnlyDictionary<string, DataSeen> Data { get; init; } = new Dictionary<string, DataSeen>();

    /// <summary>The control files of instances that do not answer, by instance. One that runs may be a little ahead of its own.</summary>
    public IReadOnlyDictionary<string, ControlFile> Control { get; init; } = new Dictionary<string, ControlFile>();

    /// <summary>Volumes that could not be made those of standbys because their data must not go, by instance, with the reason; unknown after the operator's restart.</summary>
    public IReadOnlyDictionary<string, string> KeptData { get; init; } = new Dictionary<string, string>();

    /// <summary>Instances that need a new copy, which the primary's tablespaces prevent; found by trying, so unknown after the operator's restart. Empty where the primary has none.</summary>
    public IReadOnlySet<string> CopyRefused { get; init; } = new HashSet<string>();

    /// <summary>
    /// Fields of the spec that PostgreSQL refuses, in words: a server of the image was started with them, and did not come up. Empty where it did, or where it was not tried yet.
    /// </summary>
    public IReadOnlyList<FieldRefusal> RefusedConfiguration { get; init; } = [];

    /// <summary>The configuration that this operator last laid into each volume; unknown after its restart.</summary>
    public IReadOnlyDictionary<string, string> LaidRevisions { get; init; } = new Dictionary<string, string>();

    /// <summary>By instance, the configuration that its server was last told to load; unknown after the operator's restart.</summary>
    public IReadOnlyDictionary<string, ReloadSent> Reloads { get; init; } = new Dictionary<string, ReloadSent>();

    /// <summary>Whether the application's role and database are as the spec says; unknown while no primary answers.</summary>
    public Fact<bool> ApplicationReady { get; init; }

    /// <summary>Whether there is a database of the name that the spec says; unknown while no primary answers.</summary>
    public Fact<bool> DatabaseExists { get; init; }

    /// <summary>What keeps the application out of its database; nothing where that is not known.</summary>
    public LoginBar LoginBar { get; init; }

    /// <summary>Why PostgreSQL last ended, in its own words, by instance; of those that have a pod and do not answer.</summary>
    public IReadOnlyDictionary<string, string> LastWords { get; init; } = new Dictionary<string, string>();

    /// <summary>When PostgreSQL last ended without being told to, the latest last, by instance; of those that have a pod and do not answer.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ServerEnd>> Ends { get; init; } = new Dictionary<string, IReadOnlyList<ServerEnd>>();

    /// <summary>How the primary archives its WAL; null where the spec asks for no backups, or the primary was not asked or did not say.</summary>
    public ArchiveSeen? Archive { get; init; }

    public PostgresSeen? Answer(string? instance) => instance is null ? null : Postgres.GetValueOrDefault(instance);
}

/// <summary>A value that may not be known: no observed <c>bool</c> without its "known". The default is unknown.</summary>
public readonly record struct Fact<T>(bool Known, T Value)
    where T : struct
{
    public bool Is(T value) => Known && EqualityComparer<T>.Default.Equals(Value, value);
}

/// <summary>What is known of the image: its facts, or a problem in words.</summary>
public sealed record ImageSeen(ImageFacts? Facts, string? Problem);

/// <summary>A server was told to load the configuration that lies in its volume.</summary>
public sealed record ReloadSent(string Revision, DateTimeOffset At);

/// <summary>A whole data directory at rest, as pg_controldata tells it.</summary>
/// <param name="SystemIdentifier">Of initdb.</param>
/// <param name="Timeline">Of the latest checkpoint.</param>
/// <param name="IsStandby">It has a standby.signal.</param>
/// <param name="MajorVersion">Of the PostgreSQL that made it; null where that is not known.</param>
public sealed record DataSeen(string SystemIdentifier, long Timeline, bool IsStandby, int? MajorVersion = null);

/// <summary>One answer of one PostgreSQL.</summary>
public sealed record PostgresSeen
{
    /// <summary>False: it takes writes.</summary>
    public required bool InRecovery { get; init; }

    public required string SystemIdentifier { get; init; }

    public required long Timeline { get; init; }

    /// <summary>Written (primary) or received (standby), in bytes from the start of WAL.</summary>
    public required ulong Lsn { get; init; }

    /// <summary>A standby whose WAL receiver streams.</summary>
    public bool Streaming { get; init; }

    /// <summary>A standby that has not come to the end of its own WAL since it started: it has more than <see cref="Lsn"/> says.</summary>
    public bool StillReplaying { get; init; }

    /// <summary>The hash of the configuration that is loaded; null when the setting is not there.</summary>
    public string? Revision { get; init; }

    /// <summary>What it says of lines of its files that it cannot load: it serves on with the old ones, and would not start again. Empty where all are right.</summary>
    public IReadOnlyList<string> UnloadableLines { get; init; } = [];

    /// <summary>The operator's own connection is TLS 1.3, and no connection from a network is without TLS.</summary>
    public bool OnlyTls { get; init; }

    /// <summary>On a primary: the standbys that stream from it, by instance name, and how many bytes each is behind in replay.</summary>
    public IReadOnlyDictionary<string, long> Standbys { get; init; } = new Dictionary<string, long>();

    /// <summary>On a primary: the base backups that are taken from it for new standbys, by the instance that each is for.</summary>
    public IReadOnlyDictionary<string, CopySeen> Copies { get; init; } = new Dictionary<string, CopySeen>();

    /// <summary>On a primary: how its timeline came to be. Null on a standby.</summary>
    public Timeline? History { get; init; }

    /// <summary>The physical replication slots that it has, by name.</summary>
    public IReadOnlyDictionary<string, SlotSeen> Slots { get; init; } = new Dictionary<string, SlotSeen>();

    /// <summary>Users' logical replication slots by name, and whether each is a copy of the primary's that is kept up by itself.</summary>
    public IReadOnlyDictionary<string, bool> LogicalSlots { get; init; } = new Dictionary<string, bool>();

    /// <summary>On a primary of which a slot is unused: where the WAL that it still has begins, in bytes. Null elsewhere.</summary>
    public ulong? OldestWal { get; init; }

    /// <summary>On a primary: the tablespaces that users made outside of the data directory, as <c>name at path</c>.</summary>
    public IReadOnlyList<string> Tablespaces { get; init; } = [];

    /// <summary>Beside its data lies the copy that they replaced, or what is left of one that was cut off.</summary>
    public bool HasOldCopy { get; init; }

    /// <summary>The value of synchronous_standby_names that is in force.</summary>
    public string SynchronousNames { get; init; } = "";

    /// <summary>The parameters whose new value in the operator's file waits for a restart.</summary>
    public IReadOnlyList<string> PendingRestart { get; init; } = [];

    /// <summary>The parameters to which ALTER SYSTEM gave a value that waits for a restart. Nobody has tried it, so nobody is restarted for it.</summary>
    public IReadOnlyList<string> Overridden { get; init; } = [];

    /// <summary>The values in force of the <see cref="StandbyLimits"/>.</summary>
    public IReadOnlyDictionary<string, int> Limits { get; init; } = new Dictionary<string, int>();

    /// <summary>How many transactions are prepared (PREPARE TRANSACTION). With room for fewer the server does not start.</summary>
    public int PreparedTransactions { get; init; }

    /// <summary>The version that runs, such as <c>17.6</c>.</summary>
    public string? Version { get; init; }
}

/// <summary>A physical replication slot.</summary>
/// <param name="Active">A standby streams through it.</param>
/// <param name="Reserved">It keeps WAL.</param>
/// <param name="Lost">It kept WAL up to max_slot_wal_keep_size, and what its standby needs is gone.</param>
public sealed record SlotSeen(bool Active, bool Reserved, bool Lost);
