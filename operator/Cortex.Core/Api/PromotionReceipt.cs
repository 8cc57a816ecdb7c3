using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>
/// What is reported of a finished promotion: its cause, its times, and what was lost. No decision about a promotion in progress is read
/// from it.
/// </summary>
public sealed record PromotionReceipt
{
    public required string From { get; init; }

    public required string To { get; init; }

    public required PromotionKind Kind { get; init; }

    /// <summary>Why there was a promotion.</summary>
    public PromotionCause Cause { get; init; } = PromotionCause.Requested;

    /// <summary>
    /// When it was requested, as far as is known. A request may wait until earlier work is finished, or until the promotion is possible.
    /// </summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When it began; null if an earlier version wrote the status, which took this moment for the request.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    /// <summary>Since when it was in progress.</summary>
    [JsonIgnore]
    public DateTimeOffset Since => BegunAt ?? RequestedAt;

    /// <summary>When the old primary was last able to take writes, as <see cref="PromotionDecision.LastWriteAt"/>.</summary>
    public DateTimeOffset? LastWriteAt { get; init; }

    /// <summary>When the old primary was seen stopped.</summary>
    public DateTimeOffset? FencedAt { get; init; }

    public DateTimeOffset? PromotedAt { get; init; }

    /// <summary>When the new primary was seen accepting writes.</summary>
    public DateTimeOffset? WritableAt { get; init; }

    /// <summary>Milliseconds in which no instance accepted writes; null when the beginning is not known.</summary>
    public long? WriteGapMs { get; init; }

    /// <summary>The new primary's timeline.</summary>
    public long? Timeline { get; init; }

    /// <summary>Where the new timeline left the old one (LSN), such as <c>0/3000148</c>.</summary>
    public string? ForkLsn { get; init; }

    /// <summary>
    /// Bytes of WAL that the old primary had and the new one never received. 0: it is proven that no acknowledged commit is lost. Null: not
    /// known, or not known until the data of the old primary are read.
    /// </summary>
    public long? LostBytes { get; init; }

    /// <summary>The receipt of a promotion whose new primary was seen accepting writes.</summary>
    /// <param name="forkLsn">Where the new timeline left the old one; null where it cannot be read.</param>
    public static PromotionReceipt Of(PromotionDecision done, DateTimeOffset writableAt, long timeline, string? forkLsn) => new()
    {
        From = done.From,
        To = done.To,
        Kind = done.Kind,
        Cause = done.Cause,
        RequestedAt = done.RequestedAt,
        BegunAt = done.BegunAt,
        LastWriteAt = done.LastWriteAt,
        FencedAt = done.FenceSeenAt,
        PromotedAt = done.PromotedAt,
        WritableAt = writableAt,
        WriteGapMs = done.LastWriteAt is { } last ? (long)Math.Max(0, (writableAt - last).TotalMilliseconds) : null,
        Timeline = timeline,
        ForkLsn = forkLsn,
        LostBytes = done.LostBytes,
    };
}
