using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>What we report, and the decisions that cannot be observed: who is the primary, and the promotion under way.</summary>
public sealed record ClusterStatus
{
    public long? ObservedGeneration { get; init; }

    public string? Phase { get; init; }

    /// <summary>The primary by decision. Written before anything acts on it.</summary>
    public string? Primary { get; init; }

    /// <summary>Instances reporting as they should, of those asked for: <c>2/2</c>.</summary>
    public string? Ready { get; init; }

    /// <summary>How many instances there are, whatever they do: the replicas of the scale subresource.</summary>
    public int? InstancesCount { get; init; }

    /// <summary>What selects the instances' pods on Kubernetes: the selector of the scale subresource.</summary>
    public string? Selector { get; init; }

    /// <summary>The largest distance of a standby behind the primary, such as <c>0 B</c>.</summary>
    public string? Lag { get; init; }

    public long? Timeline { get; init; }

    /// <summary>The database system identifier of initdb. Once known, nothing is ever initialised anew under this resource.</summary>
    public string? SystemIdentifier { get; init; }

    public string? PostgresVersion { get; init; }

    /// <summary>The application's database that was last seen. Once it was there, none of its name is made again: an empty one would hide that it is gone.</summary>
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

    /// <summary>What is known about synchronous replication; null while nothing is, or it is not wished for.</summary>
    public SynchronousStatus? Synchronous { get; init; }

    /// <summary>What can be restored; null where the spec asks for no backups.</summary>
    public BackupStatus? Backup { get; init; }

    /// <summary>The restore that this cluster was made by; null where it began with an empty database.</summary>
    public RestoreStatus? Restore { get; init; }

    /// <summary>The generation whose wish for any primary is fulfilled: a primary that dies later is not followed by another for it.</summary>
    public long? AnySettled { get; init; }

    /// <summary>A promotion that was given up; it is not tried again until the spec changes.</summary>
    public AbandonedPromotion? AbandonedPromotion { get; init; }
}

/// <summary>One instance as seen in the last pass.</summary>
public sealed record InstanceStatus
{
    public required string Name { get; init; }

    /// <summary>Primary, Standby or Unknown: what it is, whatever it is called.</summary>
    public required string Role { get; init; }

    public required string State { get; init; }

    public long? LagBytes { get; init; }

    public long? Timeline { get; init; }

    public string? Address { get; init; }

    /// <summary>How far the copy has come from which it is made; null while there is no copy on its way.</summary>
    public string? Progress { get; init; }

    /// <summary>Why it is still to be restarted; null when it has all that the spec says.</summary>
    public string? Outdated { get; init; }
}

/// <summary>How clients get in. No secret is in it.</summary>
public sealed record EndpointsStatus
{
    /// <summary>A libpq connection string that finds the primary, before and after a promotion; the client adds its password and CA file.</summary>
    public string? ReadWrite { get; init; }
}

/// <summary>A certificate in force.</summary>
public sealed record CertificateStatus
{
    public required string Name { get; init; }

    public required DateTimeOffset NotAfter { get; init; }
}

/// <summary>Where acknowledged commits are known to be.</summary>
public sealed record SynchronousStatus
{
    /// <summary>
    /// Every acknowledged commit is on the primary and on at least one of these. Empty: that is not known. Written so that it holds at every moment:
    /// before the primary may acknowledge on more of them, after it no longer acknowledges on fewer.
    /// </summary>
    public IReadOnlyList<string> Standbys { get; init; } = [];

    /// <summary>The last standby vanished, and spec.replication.durability prefers to go on without.</summary>
    public bool Suspended { get; init; }
}
