using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>Whether commits wait for a standby, and what that means for writers.</summary>
internal static class SynchronyReport
{
    public static (string Status, string Reason, string Message) Of(ReportFacts facts)
    {
        if (facts.Now.Leader is not { } leader)
        {
            return ("Unknown", Reasons.PrimaryUnreachable, "the primary does not answer");
        }

        var required = facts.Now.Spec.Replication.Durability == Durability.Required;
        var streams = facts.Standbys.Any(leader.Standbys.ContainsKey);
        var known = facts.Now.Status.Synchronous?.Standbys ?? [];
        return (streams, required, leader.SynchronousNames) switch
        {
            (false, true, not "") => ("False", Reasons.Waiting, $"no standby confirms, so writes wait: {Missing(facts)}"),
            (false, false, "") =>
                ("False", Reasons.Suspended, $"no standby streams, so writes are acknowledged without one: {Missing(facts)}"),
            (true, _, not "") when known.Count > 0 =>
                ("True", Reasons.InForce, $"every commit waits for {(known.Count == 1 ? "" : "one of ")}{string.Join(", ", known)}"),
            (_, _, "") => ("False", Reasons.NotYet, "writes are acknowledged without a standby until synchronous replication is in force"),
            _ => ("False", Reasons.NotYet, "it is not yet proven that a standby has every commit that was acknowledged before"),
        };
    }

    /// <summary>After a promotion the former primary is waited for, unless there are other standbys.</summary>
    private static string Missing(ReportFacts facts)
    {
        if (facts.Standbys.Count == 0)
        {
            return "spec.instances is 1";
        }

        var states = string.Join(
            ", ", facts.Standbys.Select(standby => $"{standby} ({facts.Instances.First(seen => seen.Name == standby).State})"));
        return facts.Now.Status.LastPromotion?.From is { } former && facts.Standbys is [var only] && only == former
            ? $"{states}, the former primary, has to rejoin"
            : states;
    }
}
