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

    /// <summary>The largest distance of a standby behind the primary, such as <c>0 B</c>.</summary>
    public string? Lag { get; init; }

    public long? Timeline { get; init; }

    /// <summary>The database system identifier of initdb. Once known, nothing is ever initialised anew under this resource.</summary>
    public string? SystemIdentifier { get; init; }

    public string? PostgresVersion { get; init; }

    public IReadOnlyList<InstanceStatus> Instances { get; init; } = [];

    /// <summary>Instances that may only come back as standbys: former primaries that were stopped for a promotion.</summary>
    public IReadOnlyList<string> Fenced { get; init; } = [];

    public EndpointsStatus? Endpoints { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    public IReadOnlyList<CertificateStatus> Certificates { get; init; } = [];

    /// <summary>Set from the decision to promote until the new primary accepts writes.</summary>
    public PromotionRecord? Promotion { get; init; }

    public PromotionRecord? LastPromotion { get; init; }

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

/// <summary>A promotion, under way or done: the receipt.</summary>
public sealed record PromotionRecord
{
    public required string From { get; init; }

    public required string To { get; init; }

    public required PromotionKind Kind { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When the old primary was seen stopped. Written before the new one is promoted.</summary>
    public DateTimeOffset? FencedAt { get; init; }

    public DateTimeOffset? PromotedAt { get; init; }

    /// <summary>When the new primary was seen accepting writes.</summary>
    public DateTimeOffset? WritableAt { get; init; }

    /// <summary>The new primary has been, or may have been, asked to promote: there is no way back.</summary>
    [JsonIgnore]
    public bool IsCommitted => FencedAt is not null || PromotedAt is not null;
}

/// <summary>What was given up, for which generation of the spec, and why.</summary>
public sealed record AbandonedPromotion(string To, long? Generation, string Why);

/// <summary>Whether the old primary could be asked to stop.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PromotionKind>))]
public enum PromotionKind
{
    /// <summary>The old primary lived and was stopped cleanly.</summary>
    Switchover,

    /// <summary>The old primary did not answer and was fenced.</summary>
    Failover,
}
