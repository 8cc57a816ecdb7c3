using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>
/// What the operator reports, and the decisions that cannot be observed: which instance is the primary, and the promotion in progress.
/// </summary>
public sealed record ClusterStatus
{
    public long? ObservedGeneration { get; init; }

    public string? Phase { get; init; }

    /// <summary>The primary by decision. Written before anything acts on it.</summary>
    public string? Primary { get; init; }

    /// <summary>How many instances are in their expected state, of those requested: <c>2/2</c>.</summary>
    public string? Ready { get; init; }

    /// <summary>How many instances exist, in any state: the replicas of the scale subresource.</summary>
    public int? InstancesCount { get; init; }

    /// <summary>What selects the instances' pods on Kubernetes: the selector of the scale subresource.</summary>
    public string? Selector { get; init; }

    /// <summary>The largest distance of a standby behind the primary, such as <c>0 B</c>.</summary>
    public string? Lag { get; init; }

    public long? Timeline { get; init; }

    /// <summary>
    /// The database system identifier of initdb. Once it is known, no data directory is ever initialised again for this resource.
    /// </summary>
    public string? SystemIdentifier { get; init; }

    public string? PostgresVersion { get; init; }

    /// <summary>
    /// The application's database that was last seen. It is never created again: an empty database would hide that the data are gone.
    /// </summary>
    public string? Database { get; init; }

    public IReadOnlyList<InstanceStatus> Instances { get; init; } = [];

    /// <summary>Instances that may only come back as standbys: former primaries that were stopped for a promotion.</summary>
    public IReadOnlyList<string> Fenced { get; init; } = [];

    public EndpointsStatus? Endpoints { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    public IReadOnlyList<CertificateStatus> Certificates { get; init; } = [];

    /// <summary>Set from the decision to promote until the new primary accepts writes.</summary>
    public PromotionDecision? Promotion { get; init; }

    public PromotionReceipt? LastPromotion { get; init; }

    /// <summary>The last ten promotions, the newest first.</summary>
    public IReadOnlyList<PromotionReceipt> PromotionHistory { get; init; } = [];

    /// <summary>What is known about synchronous replication; null while nothing is known, or the spec does not ask for it.</summary>
    public SynchronousStatus? Synchronous { get; init; }

    /// <summary>What can be restored; null where the spec asks for no backups.</summary>
    public BackupStatus? Backup { get; init; }

    /// <summary>The restore that this cluster was made by; null where it began with an empty database.</summary>
    public RestoreStatus? Restore { get; init; }

    /// <summary>
    /// The generation for which <c>promote: any</c> has been answered. A primary that dies later is not replaced because of it.
    /// </summary>
    public long? AnySettled { get; init; }

    /// <summary>A promotion that was given up; it is not tried again until the spec changes.</summary>
    public AbandonedPromotion? AbandonedPromotion { get; init; }
}

/// <summary>One instance as seen in the last pass.</summary>
public sealed record InstanceStatus
{
    public required string Name { get; init; }

    /// <summary>Primary, Standby or Unknown: the present role, independent of the name.</summary>
    public required string Role { get; init; }

    public required string State { get; init; }

    public long? LagBytes { get; init; }

    public long? Timeline { get; init; }

    public string? Address { get; init; }

    /// <summary>How much of its data has been copied; null while no copy is being made.</summary>
    public string? Progress { get; init; }

    /// <summary>Why it still has to be restarted; null when it runs with everything that the spec says.</summary>
    public string? Outdated { get; init; }

    /// <summary>The space of its volume; null while it does not tell.</summary>
    public DiskStatus? Disk { get; init; }
}

/// <summary>The space on the file system of a volume.</summary>
public sealed record DiskStatus
{
    public required long SizeBytes { get; init; }

    /// <summary>Approximately: it is changed when it differs by a twentieth of the size, and more often when little is left.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>So little is left that PostgreSQL may soon stop.</summary>
    public bool Low { get; init; }
}

/// <summary>How clients connect. It contains no secret.</summary>
public sealed record EndpointsStatus
{
    /// <summary>
    /// A libpq connection string that finds the primary, before and after a promotion. The client adds its password and the CA file.
    /// </summary>
    public string? ReadWrite { get; init; }
}

/// <summary>A certificate that is in force.</summary>
public sealed record CertificateStatus
{
    public required string Name { get; init; }

    public required DateTimeOffset NotAfter { get; init; }
}

/// <summary>Where acknowledged commits are known to be.</summary>
public sealed record SynchronousStatus
{
    /// <summary>
    /// Every acknowledged commit is on the primary and on at least one of these. Empty: that is not known. This holds at every moment: the
    /// list is written before the primary may acknowledge with more standbys, and after it no longer acknowledges with fewer.
    /// </summary>
    public IReadOnlyList<string> Standbys { get; init; } = [];

    /// <summary>The last standby is gone, and spec.replication.durability says that writes continue without one.</summary>
    public bool Suspended { get; init; }
}
