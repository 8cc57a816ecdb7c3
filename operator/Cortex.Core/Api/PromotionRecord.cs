using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>A promotion, under way or done: the receipt.</summary>
public sealed record PromotionRecord
{
    public required string From { get; init; }

    public required string To { get; init; }

    public required PromotionKind Kind { get; init; }

    /// <summary>Who wanted it.</summary>
    public PromotionCause Cause { get; init; } = PromotionCause.Requested;

    /// <summary>When it was asked for, as far as is known; a wish waits while what is in its way is finished, or while it cannot be granted.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When it was begun; null in what earlier versions wrote, which took it for the moment of the request.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    /// <summary>Since when it is under way.</summary>
    [JsonIgnore]
    public DateTimeOffset Since => BegunAt ?? RequestedAt;

    /// <summary>When the old primary was last able to take writes, as far as is known: by a probe that wrote until it was refused, by the death of its server, or by the end of its container.</summary>
    public DateTimeOffset? LastWriteAt { get; init; }

    /// <summary>When the old primary was seen stopped. Written before the new one is promoted.</summary>
    public DateTimeOffset? FencedAt { get; init; }

    public DateTimeOffset? PromotedAt { get; init; }

    /// <summary>When the new primary was seen accepting writes.</summary>
    public DateTimeOffset? WritableAt { get; init; }

    /// <summary>Milliseconds in which nobody took writes; null when its beginning is not known.</summary>
    public long? WriteGapMs { get; init; }

    /// <summary>The new primary's timeline.</summary>
    public long? Timeline { get; init; }

    /// <summary>Where the new timeline left the old one, such as <c>0/3000148</c>.</summary>
    public string? ForkLsn { get; init; }

    /// <summary>
    /// Bytes of WAL that the old primary had and the new one never got. 0: nothing that was acknowledged is lost, which is proven; null is not known (yet: the old
    /// primary's data tell it when they are read).
    /// </summary>
    public long? LostBytes { get; init; }

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

/// <summary>Why there was a promotion.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PromotionCause>))]
public enum PromotionCause
{
    /// <summary>By spec.promote, or by hand.</summary>
    Requested,

    /// <summary>The primary was to be updated.</summary>
    Update,
}
