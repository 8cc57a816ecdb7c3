using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Safety;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Promotion;

/// <summary>Whether an instance may become the primary.</summary>
internal static class PromotionChecks
{
    /// <summary>A standby further behind than this is not waited for: the write gap would be long.</summary>
    public const long LargestLag = 64L << 20;

    /// <summary>The spec names another primary than the present one.</summary>
    public static bool IsPending(Situation now) =>
        now.Spec.Promote != ClusterSpec.PromoteAny && PromotionRequest.IsOpen(now.Cluster);

    /// <summary>Why <paramref name="to"/> may not take over from <paramref name="primary"/>; null when it may.</summary>
    public static Refusal? WhyNot(Situation now, string primary, string to)
    {
        if (PrimaryRules.UnknownInstance(now.Cluster, to) is { } unknown)
        {
            return Refusal.Of(Reasons.UnknownInstance, unknown);
        }

        if (now.Status.AbandonedPromotion is { } given && given.To == to && given.Generation == now.Cluster.Metadata.Generation)
        {
            return new(
                Reasons.ActionFailed, $"the promotion of {to} was abandoned: {given.Why}", "edit spec.promote to try again");
        }

        if (now.IsFenced(to))
        {
            return new(
                Reasons.TargetNotStandby,
                $"{to} is a former primary that has not rejoined; it becomes a standby of {primary} first");
        }

        return now.Seen.Answer(to) switch
        {
            null => new(Reasons.TargetUnreachable, $"{to} does not answer"),
            { InRecovery: false } => new(Reasons.TargetNotStandby, $"{to} is not a standby"),
            var target when target.SystemIdentifier != now.Status.SystemIdentifier =>
                new(Reasons.OtherTimeline, $"{to} belongs to another database system ({target.SystemIdentifier})"),
            var target when target.Timeline != now.Status.Timeline =>
                new(Reasons.OtherTimeline, $"{to} is on timeline {target.Timeline}, {primary} on {now.Status.Timeline}"),
            // An instance that answers from an unreachable machine cannot be stopped either.
            var target => LostMachineChecks.WhyNotFenced(now, primary)
                ?? (now.Leader is { } live ? WhyNotFrom(live, primary, target, to) : DataLossChecks.WhyNot(now, primary, target, to)),
        };
    }

    /// <summary>A live primary tells how far the target is behind; a dead one has nothing to wait for.</summary>
    public static Refusal? WhyNotFrom(PostgresSeen live, string primary, PostgresSeen target, string to)
    {
        if (!target.Streaming)
        {
            return new(Reasons.TargetNotStreaming, $"{to} does not stream from {primary}");
        }

        var lag = (long)new Lsn(target.Lsn).BytesBehind(new Lsn(live.Lsn));
        return lag > LargestLag
            ? new(Reasons.TargetLagging, $"{to} is {lag} bytes behind {primary}; at most {LargestLag} are waited for")
            : null;
    }
}
