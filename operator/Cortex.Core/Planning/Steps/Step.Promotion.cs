using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>The steps of a promotion.</summary>
public abstract partial record Step
{
    /// <summary>Writes the decision to promote, and that the old primary may not come back as a primary.</summary>
    /// <param name="Promoted">The new primary already accepts writes: it was promoted by hand.</param>
    public sealed record BeginPromotion(
        string From, string To, PromotionKind Kind, bool Promoted = false, PromotionCause Cause = PromotionCause.Requested) : Step
    {
        public override string Says => $"begins the {(Kind == PromotionKind.Switchover ? "switchover" : "failover")} from {From} to {To}";
    }

    /// <summary>Kills PostgreSQL and sees it stopped for good.</summary>
    public sealed record Fence(string Instance, string Why) : Step
    {
        public override string Says => $"fences {Instance}: {Why}";
    }

    /// <summary>
    /// CHECKPOINT and fast shutdown. Fails unless the server ended cleanly and <paramref name="Target"/> received the shutdown checkpoint.
    /// </summary>
    public sealed record HandOver(string Instance, string Target) : Step
    {
        public override string Says => $"stops {Instance} cleanly for {Target}";
    }

    /// <summary>
    /// Writes that the old primary was seen stopped for this promotion. An observation that begins after that sees all that the standbys
    /// will ever receive from it.
    /// </summary>
    public sealed record RecordFence(string Instance) : Step
    {
        public override string Says => $"records that {Instance} is stopped";
    }

    /// <summary>Writes that the new primary may be asked to promote, before it is asked: from here on there is no way back.</summary>
    /// <param name="NothingLost">Every acknowledged commit is known to be on <paramref name="To"/>, by synchronous replication.</param>
    public sealed record CommitPromotion(string To, bool NothingLost = false) : Step
    {
        public override string Says => $"commits to the promotion of {To}";
    }

    public sealed record Promote(string Instance) : Step
    {
        public override string Says => $"promotes {Instance}";
    }

    /// <summary>Writes that the promotion is done.</summary>
    public sealed record CompletePromotion(string To) : Step
    {
        public override string Says => $"records {To} as the primary";
    }

    /// <summary>Writes that the promotion is abandoned: <paramref name="From"/> stays the primary.</summary>
    /// <param name="FenceTarget">The target may have been asked to promote: it comes back only as a standby whose data were
    /// checked.</param>
    public sealed record AbandonPromotion(string From, string Why, bool FenceTarget = false) : Step
    {
        public override string Says => $"abandons the promotion and keeps {From}: {Why}";
    }
}
