using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>What the user asks for. Every property has its default here, and the same default stands in the CRD.</summary>
public sealed record ClusterSpec
{
    public const string DefaultImage = "localhost/anvil-alloydb-core:latest";

    /// <summary>Any image with a supported PostgreSQL on its PATH.</summary>
    public string Image { get; init; } = DefaultImage;

    /// <summary>How many instances, 1 to 9: the first is NAME-pr, the others NAME-s1, NAME-s2 and so on.</summary>
    public int Instances { get; init; } = 2;

    /// <summary>
    /// The value of <see cref="Promote"/> that names no instance: if the primary is dead now, the standby with the most WAL is promoted.
    /// </summary>
    public const string PromoteAny = "any";

    /// <summary>The instance that should be the primary. Empty: the primary stays where it is.</summary>
    public string? Promote { get; init; }

    /// <summary>A failover may go to an instance that is not known to have every acknowledged commit.</summary>
    public bool PromoteAllowDataLoss { get; init; }

    public ReplicationSpec Replication { get; init; } = new();

    /// <summary>How the primary gets what only a restart brings: a parameter, an image.</summary>
    public PrimaryUpdate PrimaryUpdate { get; init; } = PrimaryUpdate.Switchover;

    public PostgresSpec Postgres { get; init; } = new();

    public TlsSpec Tls { get; init; } = new();

    public DatabaseSpec Database { get; init; } = new();

    public StorageSpec Storage { get; init; } = new();

    public PodmanSpec Podman { get; init; } = new();

    public KubernetesSpec Kubernetes { get; init; } = new();

    public ResourcesSpec? Resources { get; init; }

    /// <summary>Null: WAL is not archived, and there are no backups.</summary>
    public BackupSpec? Backup { get; init; }

    /// <summary>Null: the first primary begins with an empty database.</summary>
    public BootstrapSpec? Bootstrap { get; init; }

    public DeletionPolicy DeletionPolicy { get; init; } = DeletionPolicy.Retain;
}

/// <summary>Whether a commit waits for a standby.</summary>
public sealed record ReplicationSpec
{
    public ReplicationMode Mode { get; init; } = ReplicationMode.Asynchronous;

    /// <summary>What happens to writes in synchronous mode while no standby is there to confirm them.</summary>
    public Durability Durability { get; init; } = Durability.Required;
}

/// <summary>When a commit is acknowledged.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplicationMode>))]
public enum ReplicationMode
{
    /// <summary>When the primary has it on disk.</summary>
    Asynchronous,

    /// <summary>When one standby has it on disk, too.</summary>
    Synchronous,
}

/// <summary>What a missing standby means for synchronous replication.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Durability>))]
public enum Durability
{
    /// <summary>Writes wait until a standby is back.</summary>
    Required,

    /// <summary>Writes go on without one, and status says so.</summary>
    Preferred,
}

/// <summary>How a primary is updated once its standbys are.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PrimaryUpdate>))]
public enum PrimaryUpdate
{
    /// <summary>An updated standby takes over, then the old primary is updated.</summary>
    Switchover,

    /// <summary>The primary is restarted in place.</summary>
    Restart,
}

/// <summary>Additions to the configuration. Settings that replication and TLS depend on cannot be overridden.</summary>
public sealed record PostgresSpec
{
    /// <summary>Server parameters as in postgresql.conf: name to value.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Lines for pg_hba.conf, after the mandatory ones and before the default one.</summary>
    public IReadOnlyList<string> Hba { get; init; } = [];
}

/// <summary>Lifetimes in Go's duration syntax in hours, minutes and seconds, such as <c>2160h</c>.</summary>
public sealed record TlsSpec
{
    public string CaLifetime { get; init; } = "87600h";

    public string CertificateLifetime { get; init; } = "2160h";

    /// <summary>How long before its end a certificate is renewed. Empty: in the last third of its life.</summary>
    public string? RenewBefore { get; init; }
}

/// <summary>The application's database and the role that owns it.</summary>
public sealed record DatabaseSpec
{
    public string Name { get; init; } = "app";

    public string Owner { get; init; } = "app";
}

/// <summary>Where the instances are reached when Podman runs them; without effect on Kubernetes.</summary>
public sealed record PodmanSpec
{
    public string BindAddress { get; init; } = "127.0.0.1";

    /// <summary>The port of the first instance; each further instance has the next port.</summary>
    public int BasePort { get; init; } = 5432;
}

/// <summary>Quantities as Kubernetes writes them: <c>cpu: 500m</c>, <c>memory: 1Gi</c>.</summary>
public sealed record ResourcesSpec
{
    public IReadOnlyDictionary<string, string> Requests { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Limits { get; init; } = new Dictionary<string, string>();
}

/// <summary>What happens to the data volumes when the resource is deleted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeletionPolicy>))]
public enum DeletionPolicy
{
    /// <summary>The volumes stay; a cluster of the same name adopts them again.</summary>
    Retain,

    /// <summary>The volumes are deleted with the resource.</summary>
    Delete,
}
