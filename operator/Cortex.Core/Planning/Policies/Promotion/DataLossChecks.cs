using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Synchrony;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Promotion;

/// <summary>
/// What a failover might lose, and when it is refused for that (invariant I2). The user may allow a loss by spec.promoteAllowDataLoss.
/// </summary>
internal static class DataLossChecks
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// No instance accepts writes meanwhile. A standby that is slow to answer is waited for; after this time it counts as gone.
    /// </summary>
    private static readonly TimeSpan HolderLimit = TimeSpan.FromSeconds(10);

    private const string AllowLoss = "set spec.promoteAllowDataLoss to promote it all the same";

    /// <summary>Why <paramref name="target"/> may not be promoted while the primary does not answer; null when it may.</summary>
    public static Refusal? WhyNot(Situation now, string primary, PostgresSeen target, string to) =>
        now.Spec.PromoteAllowDataLoss ? null : WhyBehind(now, primary, target, to) ?? WhyUnproven(now, primary, target, to);

    /// <summary>
    /// A primary that only does not answer may acknowledge commits until it is fenced. So standbys that were compared before are compared
    /// again after that.
    /// </summary>
    public static bool NeedsSecondLook(Situation now, string to) =>
        !now.Spec.PromoteAllowDataLoss && SynchronyRecord.Holders(now).Any(holder => holder != to);

    /// <summary>
    /// The second comparison. Null: it is proven that nothing is lost, or the user does not ask for the proof. A primary that was seen
    /// stopped before its fence proves nothing: the restart policy starts it again, and it acknowledges more before the fence stops it.
    /// </summary>
    public static Verdict? LookAgain(Situation now, PromotionDecision begun, PostgresSeen target)
    {
        if (!NeedsSecondLook(now, begun.To))
        {
            return null;
        }

        if (!IsAfterFence(now))
        {
            return Verdict.DoAndLook(new Step.Fence(begun.From, $"{begun.To} is to be promoted"), new Step.RecordFence(begun.From));
        }

        return WhyUnproven(now, begun.From, target, begun.To) is not { } no ? null
            : now.Now - begun.Since < HolderLimit ? Verdict.Wait(PollInterval, no.Message)
            : Verdict.DoAndLook(new Step.AbandonPromotion(begun.From, no.Message));
    }

    /// <summary>
    /// The observation began after the fence of this promotion was recorded, and the old primary has not been started since.
    /// </summary>
    private static bool IsAfterFence(Situation now) =>
        now.Status.Promotion is { FenceSeenAt: not null, From: var from } && now.Seen.Inventory.Pod(from) is not { IsAtRest: false };

    /// <summary>Another standby is known to have more.</summary>
    private static Refusal? WhyBehind(Situation now, string primary, PostgresSeen target, string to)
    {
        var ahead = Peers(now, primary)
            .Where(peer => peer.Value.Timeline == target.Timeline && peer.Value.Lsn > target.Lsn)
            .OrderByDescending(peer => peer.Value.Lsn)
            .Select(peer => peer.Key);
        return ahead.FirstOrDefault() is { } most ? Behind(now, most, target, to) : null;
    }

    /// <summary>
    /// In synchronous mode every acknowledged commit is on one of the standbys in the status. Which one is not known. So the standby with
    /// the most WAL has every commit only if all of them were asked.
    /// </summary>
    private static Refusal? WhyUnproven(Situation now, string primary, PostgresSeen target, string to)
    {
        if (now.Spec.Replication.Mode != ReplicationMode.Synchronous)
        {
            return null;
        }

        var holders = SynchronyRecord.Holders(now);
        if (holders.Count == 0)
        {
            return new(
                Reasons.DataLossPossible,
                $"synchronous replication was not in force when {primary} was last seen, so {to} may lack acknowledged commits",
                AllowLoss);
        }

        var silent = holders.Where(holder => holder != to && !IsComparable(now.Seen.Answer(holder), target)).ToList();
        if (silent.Count > 0)
        {
            return new(
                Reasons.DataLossPossible,
                $"{string.Join(", ", silent)} does not answer and may have acknowledged commits that {to} lacks",
                $"bring it back, or {AllowLoss}");
        }

        return holders.FirstOrDefault(holder => holder != to && now.Seen.Answer(holder)!.Lsn > target.Lsn) is { } ahead
            ? Behind(now, ahead, target, to)
            : null;
    }

    /// <summary>A standby that still reads its own WAL, or reports another timeline, has not told yet how much it has.</summary>
    private static bool IsComparable(PostgresSeen? holder, PostgresSeen target) =>
        holder is { InRecovery: true, StillReplaying: false }
        && holder.Timeline == target.Timeline
        && holder.SystemIdentifier == target.SystemIdentifier;

    /// <summary>
    /// The proof by synchronous replication. What the status says of its standbys holds until the old primary is stopped, so <paramref
    /// name="to"/> has every acknowledged commit. Where the status names several standbys, a comparison is the proof, and only an
    /// observation after the fence counts.
    /// </summary>
    public static bool IsProvenComplete(Situation now, string to) =>
        now.Spec.Replication.Mode == ReplicationMode.Synchronous
        && (IsAfterFence(now) || SynchronyRecord.Holders(now).All(holder => holder == to))
        && now.Status.Primary is { } primary
        && now.Seen.Answer(to) is { InRecovery: true } target
        && WhyUnproven(now, primary, target, to) is null;

    private static Refusal Behind(Situation now, string ahead, PostgresSeen target, string to) => new(
        Reasons.DataLossPossible,
        $"{ahead} has {new Lsn(target.Lsn).BytesBehind(new Lsn(now.Seen.Answer(ahead)!.Lsn))} bytes of WAL that {to} does not have",
        $"promote {ahead}, or {AllowLoss}");

    private static IEnumerable<KeyValuePair<string, PostgresSeen>> Peers(Situation now, string primary) =>
        now.Seen.Postgres.Where(pair => pair.Key != primary
            && !now.IsFenced(pair.Key)
            && pair.Value.InRecovery
            && pair.Value.SystemIdentifier == now.Status.SystemIdentifier);
}
