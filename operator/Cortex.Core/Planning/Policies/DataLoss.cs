using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies;

/// <summary>What a failover might lose, and when it is refused for that (invariant I2). The user's word is spec.promoteAllowDataLoss.</summary>
internal static class DataLoss
{
    private const string Remedy = "set spec.promoteAllowDataLoss to promote it all the same";

    /// <summary>The primary does not answer. Null when <paramref name="target"/> may be promoted.</summary>
    public static Refusal? WhyNot(Situation now, string primary, PostgresSeen target, string to) =>
        now.Spec.PromoteAllowDataLoss ? null : WhyBehind(now, primary, target, to) ?? WhyUnproven(now, primary, to);

    /// <summary>Somebody else is known to have more.</summary>
    private static Refusal? WhyBehind(Situation now, string primary, PostgresSeen target, string to)
    {
        var (ahead, lead) = Peers(now, primary)
            .Where(peer => peer.Value.Timeline == target.Timeline)
            .Select(peer => (peer.Key, Lead: (long)new Lsn(target.Lsn).BytesBehind(new Lsn(peer.Value.Lsn))))
            .Append(("", 0L)).MaxBy(peer => peer.Item2);
        return lead > 0
            ? new(Reasons.DataLossPossible, $"{ahead} has {lead} bytes of WAL that {to} does not have: promote {ahead}, or {Remedy}")
            : null;
    }

    /// <summary>
    /// In synchronous mode every acknowledged commit is on one of the standbys that status names. Which one is not known, so the one with the most has them all only if
    /// every one of them was asked.
    /// </summary>
    private static Refusal? WhyUnproven(Situation now, string primary, string to)
    {
        if (now.Spec.Replication.Mode != ReplicationMode.Synchronous)
        {
            return null;
        }

        var holders = now.Status.Synchronous?.Standbys ?? [];
        if (holders.Count == 0)
        {
            return new(Reasons.DataLossPossible, $"synchronous replication was not in force when {primary} was last seen, so {to} may lack acknowledged commits: {Remedy}");
        }

        var silent = holders.Where(one => one != to && now.Seen.Answer(one) is not { InRecovery: true }).ToList();
        return silent.Count > 0
            ? new(Reasons.DataLossPossible, $"{string.Join(", ", silent)} does not answer and may hold acknowledged commits that {to} lacks: bring it back, or {Remedy}")
            : null;
    }

    private static IEnumerable<KeyValuePair<string, PostgresSeen>> Peers(Situation now, string primary) =>
        now.Seen.Postgres.Where(one => one.Key != primary && one.Value.InRecovery && one.Value.SystemIdentifier == now.Status.SystemIdentifier && !now.IsFenced(one.Key));
}
