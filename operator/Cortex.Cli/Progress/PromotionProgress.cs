using Cortex.Cli.Console;
using Cortex.Core.Api;

namespace Cortex.Cli.Progress;

/// <summary>How far a promotion is, told from the resource alone.</summary>
/// <param name="Done">The instance is the primary and takes writes.</param>
/// <param name="Blocked">Why nothing moves, in the operator's words.</param>
/// <param name="Doing">What is happening, for people.</param>
/// <param name="MayPass">What blocks it is what a server has not done yet that has just come back.</param>
internal sealed record PromotionProgress(bool Done, string? Blocked, string Doing, bool MayPass = false)
{
    /// <param name="generation">Of the resource with the wish in it: what was reported for an earlier one does not count.</param>
    public static PromotionProgress Judge(CortexCluster cluster, string target, long? generation)
    {
        var status = cluster.Status ?? new ClusterStatus();
        if (cluster.Spec.Promote != target)
        {
            return new(false, $"spec.promote now asks for {cluster.Spec.Promote ?? "nobody"}", "");
        }

        var blocked = StatusText.Find(cluster, ConditionTypes.PromotionBlocked);
        if (blocked is { Status: "True" } && blocked.ObservedGeneration >= generation)
        {
            return new(false, blocked.Message, $"not yet: {blocked.Message}", blocked.Reason is Reasons.TargetNotStreaming or Reasons.TargetUnreachable);
        }

        var settled = status.Promotion is null && (target == ClusterSpec.PromoteAny
            ? status.AnySettled >= generation
            : status.Primary == target && status.ObservedGeneration >= generation);
        return new(settled, null, status.Promotion switch
        {
            { PromotedAt: not null } => $"{target} is promoted; waiting until it takes writes",
            { IsCommitted: true, From: var old } => $"{old} is stopped; promoting {target}",
            { Kind: PromotionKind.Failover, StoppedAt: not null, From: var old } => $"{old} is stopped; comparing the standbys with {target}",
            { From: var old } => $"stopping {old}",
            null => $"waiting for the operator to take up {target}",
        });
    }
}
