using Cortex.Cli.Console;
using Cortex.Core.Api;

namespace Cortex.Cli.Progress;

/// <summary>The progress of a promotion, derived from the resource alone.</summary>
/// <param name="Done">The instance is the primary and accepts writes.</param>
/// <param name="Blocked">Why the promotion does not begin, as the operator reports it.</param>
/// <param name="Activity">A description of the current step, for people.</param>
/// <param name="IsTransient">The promotion is blocked by a state that ends by itself after the restart of a server.</param>
internal sealed record PromotionProgress(bool Done, string? Blocked, string Activity, bool IsTransient = false)
{
    /// <param name="generation">
    /// The generation of the resource with this spec.promote. Reports about an earlier generation are ignored.
    /// </param>
    public static PromotionProgress Judge(CortexCluster cluster, string target, long? generation)
    {
        var status = cluster.Status ?? new ClusterStatus();
        if (cluster.Spec.Promote != target)
        {
            return new(false, $"spec.promote is now {cluster.Spec.Promote ?? "empty"}", "");
        }

        var blocked = StatusText.Find(cluster, ConditionTypes.PromotionBlocked);
        if (blocked is { Status: "True" } && blocked.ObservedGeneration >= generation)
        {
            return new(
                false,
                blocked.Message,
                $"not yet: {blocked.Message}",
                blocked.Reason is Reasons.TargetNotStreaming or Reasons.TargetUnreachable);
        }

        var settled = status.Promotion is null && (target == ClusterSpec.PromoteAny
            ? status.AnySettled >= generation
            : status.Primary == target && status.ObservedGeneration >= generation);
        return new(settled, null, status.Promotion switch
        {
            { PromotedAt: not null } => $"{target} is promoted; waiting until it accepts writes",
            { IsCommitted: true, From: var old } => $"{old} is stopped; promoting {target}",
            { Kind: PromotionKind.Failover, StoppedAt: not null, From: var old } =>
                $"{old} is stopped; comparing the standbys with {target}",
            { From: var old } => $"stopping {old}",
            null => $"waiting for the operator to begin the promotion of {target}",
        });
    }
}
