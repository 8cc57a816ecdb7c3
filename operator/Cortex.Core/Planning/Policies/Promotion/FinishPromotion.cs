using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Instances;
using Cortex.Core.Planning.Policies.Safety;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Promotion;

/// <summary>
/// Continues a promotion that was begun. The decision is written first, then the old primary is proven stopped, then the new one is
/// promoted, then that is written:
/// <code>
///   steady --BeginPromotion--> begun --Fence or HandOver, CommitPromotion--> committed --Promote--> new one writes
///                                \                                              \                     --CompletePromotion--> steady
///                                 \                                              \--- the target is proven stopped
///                                  \                                                  and never promoted: AbandonPromotion
///                                   \--- the hand-over failed, or the request was withdrawn: AbandonPromotion
/// </code>
/// A server that was asked to promote may do so at any later time, whatever was observed of it. So no server is asked before the commitment
/// is written. A commitment is abandoned only when the target's own data show that it never left recovery, and it does not run.
/// A failover that rests on a comparison of standbys records its fence (RecordFence) and compares in an observation that begins after that.
/// After an interruption <c>status.promotion</c> and the observation are all that is needed to continue.
/// </summary>
internal static class FinishPromotion
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SlowPollInterval = TimeSpan.FromSeconds(10);

    /// <summary>The old primary stays stopped so that the target can take over, but no longer than this.</summary>
    private static readonly TimeSpan TakeOverLimit = TimeSpan.FromSeconds(30);

    /// <summary>From the decision on. The waits of a hand-over have limits of their own.</summary>
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(90);

    public static Verdict Decide(Situation now)
    {
        if (now.Status.Promotion is not { } begun)
        {
            return Verdict.Nothing;
        }

        var target = now.Seen.Answer(begun.To);
        if (target is { AcceptsWrites: true })
        {
            return Verdict.DoAndLook(new Step.Fence(begun.From, $"{begun.To} is the primary"), new Step.CompletePromotion(begun.To));
        }

        if (!begun.IsCommitted && WhyGiveUp(now, begun) is { } why)
        {
            return Verdict.DoAndLook(new Step.AbandonPromotion(begun.From, why));
        }

        if (target is not null && begun is { Kind: PromotionKind.Failover, IsCommitted: false }
            && DataLossChecks.LookAgain(now, begun, target) is { } comparison)
        {
            return comparison;
        }

        var next = target is null ? AwaitTarget(now, begun)
            : begun is { Kind: PromotionKind.Switchover, IsCommitted: false }
                ? Verdict.DoAndLook([new Step.HandOver(begun.From, begun.To), .. PromotionPlan.Commit(now, begun.To)])
                : Verdict.DoAndLook([new Step.Fence(begun.From, $"{begun.To} is to be promoted"), .. PromotionPlan.Commit(now, begun.To)]);
        // A machine can be lost before the user says so. Then the promotion was begun, and waits for the user's word like one that was not.
        return begun.IsCommitted ? next : next with { PromotionBlocked = LostMachineChecks.WhyNotFenced(now, begun.From) };
    }

    /// <summary>No server has been asked to promote yet, so the old primary may stay the primary. Null: continue.</summary>
    private static string? WhyGiveUp(Situation now, PromotionDecision begun)
    {
        if (begun.Cause == PromotionCause.Requested && now.Spec.Promote != begun.To && now.Spec.Promote != ClusterSpec.PromoteAny)
        {
            return now.Spec.Promote == begun.From ? "spec.promote was changed back" : $"spec.promote no longer asks for {begun.To}";
        }

        return !now.Seen.Inventory.HasVolume(begun.To) ? $"the volume of {begun.To} is gone"
            : begun.Kind == PromotionKind.Switchover ? WhyNotHandOver(now, begun)
            : null;
    }

    /// <summary>
    /// A primary that still writes hands over as at first. The control file of a stopped primary shows whether it ended cleanly, and where
    /// its last record begins: what the target has not received of that, it will never receive.
    /// </summary>
    private static string? WhyNotHandOver(Situation now, PromotionDecision begun)
    {
        if (now.Seen.Answer(begun.To) is not { } target)
        {
            return $"{begun.To} no longer answers";
        }

        if (now.Seen.Answer(begun.From) is { AcceptsWrites: true } live)
        {
            return PromotionChecks.WhyNotFrom(live, begun.From, target, begun.To)?.Message;
        }

        if (now.Seen.Inventory.Pod(begun.From) is { IsAtRest: false })
        {
            return now.Now - begun.Since > HandOverLimit ? $"{begun.From} does not stop" : null;
        }

        return now.Seen.Control.GetValueOrDefault(begun.From) switch
        {
            null => $"whether {begun.From} ended cleanly cannot be read",
            { State: not ControlState.ShutDown } => $"{begun.From} did not end cleanly",
            var control when new Lsn(target.Lsn).BytesBehind(control.EndOfShutdown) is var missing and > 0 =>
                $"{begun.To} did not receive the last {missing} bytes",
            _ => null,
        };
    }

    private static Verdict AwaitTarget(Situation now, PromotionDecision begun)
    {
        if (!now.Seen.Inventory.HasVolume(begun.To))
        {
            return Verdict.Wait(
                SlowPollInterval,
                $"the volume of {begun.To}, which was to be promoted, is gone; {begun.From} stays stopped, its data are kept");
        }

        var pod = now.Seen.Inventory.Pod(begun.To);
        if (begun is { Kind: PromotionKind.Switchover, CommittedSince: { } since } && now.Now - since > TakeOverLimit
            && TurnBack(now, begun, pod) is { } back)
        {
            return back;
        }

        return pod is null or { IsAtRest: true }
            ? now.WithoutImage ?? Verdict.DoAndLook(
                new Step.Fence(begun.From, $"{begun.To} is to be promoted"),
                new Step.StartPod(begun.To))
            : Verdict.Wait(
                StartingChecks.NextLook(now, [begun.To], otherwise: PollInterval),
                $"{begun.To} does not answer; the promotion continues when it does");
    }

    /// <summary>
    /// The way back when the target of a switchover cannot take over. It is stopped first. The state in its control file changes before a
    /// promoted server accepts its first write, so a state of recovery proves that there was no write. It rejoins as an instance that may
    /// have begun to be a primary.
    /// </summary>
    private static Verdict? TurnBack(Situation now, PromotionDecision begun, PodSeen? pod)
    {
        // A server that left recovery, even for a moment, is the primary: it is waited for, however long that takes.
        if (now.Seen.Control.GetValueOrDefault(begun.To)
                is not { State: ControlState.InArchiveRecovery or ControlState.ShutDownInRecovery } control
            || control.Timeline != now.Status.Timeline)
        {
            return null;
        }

        return pod is { IsAtRest: false }
            ? Verdict.DoAndLook(new Step.Fence(begun.To, $"it did not take over from {begun.From}"))
            : Verdict.DoAndLook(new Step.AbandonPromotion(
                begun.From, $"{begun.To} did not take over within {TakeOverLimit.TotalSeconds:0} s", FenceTarget: true));
    }
}
