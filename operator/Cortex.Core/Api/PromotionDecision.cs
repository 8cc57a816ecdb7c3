using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>
/// A promotion that was decided and is not finished. Every fact is written before the step that relies on it, so that the next pass can
/// continue after an interruption. What is told of a finished promotion is its <see cref="PromotionReceipt"/>.
/// </summary>
public sealed record PromotionDecision
{
    public required string From { get; init; }

    public required string To { get; init; }

    public required PromotionKind Kind { get; init; }

    /// <summary>Why there is a promotion.</summary>
    public PromotionCause Cause { get; init; } = PromotionCause.Requested;

    /// <summary>
    /// When it was requested, as far as is known. A request may wait until earlier work is finished, or until the promotion is possible.
    /// </summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When it began; null if an earlier version wrote the status, which took this moment for the request.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    /// <summary>Since when it is in progress.</summary>
    [JsonIgnore]
    public DateTimeOffset Since => BegunAt ?? RequestedAt;

    /// <summary>
    /// When the old primary was last able to take writes, as far as is known: by a probe that wrote until it was refused, by the death of
    /// its server, or by the end of its container.
    /// </summary>
    public DateTimeOffset? LastWriteAt { get; init; }

    /// <summary>
    /// When the old primary was seen stopped for this promotion. Standbys are compared by a look that begins after this is written, and by
    /// no other.
    /// </summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>When the promotion was committed. Written before the new primary is asked to promote.</summary>
    public DateTimeOffset? CommittedAt { get; init; }

    /// <summary>
    /// The time of <see cref="StoppedAt"/>, written with the commitment and never before. Earlier versions of the operator know a
    /// commitment by this field, and an API server whose definition is older keeps this field alone. So the field counts as a commitment.
    /// </summary>
    public DateTimeOffset? FencedAt { get; init; }

    public DateTimeOffset? PromotedAt { get; init; }

    /// <summary>0: it is proven that the new primary has every acknowledged commit. Null: not known.</summary>
    public long? LostBytes { get; init; }

    /// <summary>When the old primary was seen stopped, by this version or by an earlier one.</summary>
    [JsonIgnore]
    public DateTimeOffset? FenceSeenAt => StoppedAt ?? FencedAt;

    /// <summary>Since when the new primary may have been asked to promote.</summary>
    [JsonIgnore]
    public DateTimeOffset? CommittedSince => CommittedAt ?? FencedAt ?? PromotedAt;

    /// <summary>The new primary has been, or may have been, asked to promote: there is no way back.</summary>
    [JsonIgnore]
    public bool IsCommitted => CommittedSince is not null;
}

/// <summary>A promotion that was abandoned, for which generation of the spec, and why.</summary>
public sealed record AbandonedPromotion(string To, long? Generation, string Why);

/// <summary>Whether the old primary could be asked to stop.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PromotionKind>))]
public enum PromotionKind
{
    /// <summary>The old primary was running and was stopped cleanly.</summary>
    Switchover,

    /// <summary>The old primary did not answer and was fenced.</summary>
    Failover,
}

/// <summary>Why there was a promotion.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PromotionCause>))]
public enum PromotionCause
{
    /// <summary>By spec.promote, or by hand.</summary>
    Requested,

    /// <summary>The primary was to be updated.</summary>
    Update,
}
