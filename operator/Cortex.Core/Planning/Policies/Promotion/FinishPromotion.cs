using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Instances;
using Cortex.Core.Planning.Policies.Safety;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Promotion;

/// <summary>
/// Carries on with a promotion that was begun. The decision is written first, then the old primary is proven stopped, then the new one
/// is promoted, then that is written:
/// <code>
///   steady --BeginPromotion--> begun --Fence or HandOver, CommitPromotion--> committed --Promote--> new one writes --CompletePromotion--> steady
///                                \                                              \--- the target is proven stopped and never promoted: AbandonPromotion
///                                 \--- hand-over failed, or the user took the wish back: AbandonPromotion
/// </code>
/// A promotion that was asked for may come true at any time later, whatever was seen of it. So nobody is asked before the commitment is
/// written, and what is committed is given up only when the target's own data say that it never left recovery, and it does not run.
/// A failover that rests on a comparison of standbys records its fence (RecordFence) and compares in a look that begins after that.
/// Whoever carries on after an interruption finds <c>status.promotion</c> and the world, and needs nothing else.
/// </summary>
internal static class FinishPromotion
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(10);

    /// <summary>The old primary stands still for the target's sake; longer than this it does not.</summary>
    private static readonly TimeSpan TakeOverLimit = TimeSpan.FromSeconds(30);

    /// <summary>From the decision on; a hand-over has its own limits for each of its waits.</summary>
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(90);

    public static Verdict Decide(Situation now)
    {
        if (now.Status.Promotion is not { } begun)
        {
            return Verdict.Nothing;
        }

        var target = now.Seen.Answer(begun.To);
        if (target is { InRecovery: false })
        {
            return Verdict.DoAndLook(new Step.Fence(begun.From, $"{begun.To} is the primary"), new Step.CompletePromotion(begun.To));
        }

        if (!begun.IsCommitted && WhyGiveUp(now, begun) is { } why)
        {
            return Verdict.DoAndLook(new Step.AbandonPromotion(begun.From, why));
        }

        if (target is not null && begun is { Kind: PromotionKind.Failover, IsCommitted: false } && DataLossChecks.LookAgain(now, begun, target) is { } first)
        {
            return first;
        }

        var next = target is null ? AwaitTarget(now, begun)
            : begun is { Kind: PromotionKind.Switchover, IsCommitted: false }
                ? Verdict.DoAndLook([new Step.HandOver(begun.From, begun.To), .. PromotionPlan.Commit(now, begun.To)])
                : Verdict.DoAndLook([new Step.Fence(begun.From, $"{begun.To} is to be promoted"), .. PromotionPlan.Commit(now, begun.To)]);
        // A machine can be lost before anybody says so: then the promotion was begun, and waits for the user's word like one that was not.
        return begun.IsCommitted ? next : next with { PromotionBlocked = LostMachineChecks.WhyNotFenced(now, begun.From) };
    }

    /// <summary>Nobody has been asked to promote yet, so the old primary may still stay what it was. Null: carry on.</summary>
    private static string? WhyGiveUp(Situation now, PromotionDecision begun)
    {
        if (begun.Cause == PromotionCause.Requested && now.Spec.Promote != begun.To && now.Spec.Promote != ClusterSpec.PromoteAny)
        {
            return now.Spec.Promote == begun.From ? "spec.promote was taken back" : $"spec.promote no longer asks for {begun.To}";
        }

        return !now.Seen.Inventory.HasVolume(begun.To) ? $"the volume of {begun.To} is gone"
            : begun.Kind == PromotionKind.Switchover ? WhyNotHandOver(now, begun)
            : null;
    }

    /// <summary>
    /// A primary that still writes hands over as it did at first. One that has ended left in its control file whether cleanly, and where its last record begins:
    /// what the target has not got of that, it will never get.
    /// </summary>
    private static string? WhyNotHandOver(Situation now, PromotionDecision begun)
    {
        if (now.Seen.Answer(begun.To) is not { } target)
        {
            return $"{begun.To} no longer answers";
        }

        if (now.Seen.Answer(begun.From) is { InRecovery: false } live)
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
            var left when new Lsn(target.Lsn).BytesBehind(left.EndOfShutdown) is var missing and > 0 => $"{begun.To} did not receive the last {missing} bytes",
            _ => null,
        };
    }

    private static Verdict AwaitTarget(Situation now, PromotionDecision begun)
    {
        if (!now.Seen.Inventory.HasVolume(begun.To))
        {
            return Verdict.Wait(Patiently, $"the volume of {begun.To}, which was to be promoted, is gone; {begun.From} stays stopped, its data are kept");
        }

        var pod = now.Seen.Inventory.Pod(begun.To);
        if (begun is { Kind: PromotionKind.Switchover, CommittedSince: { } since } && now.Now - since > TakeOverLimit && TurnBack(now, begun, pod) is { } back)
        {
            return back;
        }

        return pod is null or { IsAtRest: true }
            ? now.WithoutImage ?? Verdict.DoAndLook(
                new Step.Fence(begun.From, $"{begun.To} is to be promoted"),
                new Step.StartPod(begun.To))
            : Verdict.Wait(
                StartingChecks.NextLook(now, [begun.To], otherwise: Soon), $"{begun.To} does not answer; the promotion goes on when it does");
    }

    /// <summary>
    /// The way back when the target of a switchover cannot take over. It is stopped first; the state in its control file changes before a promoted server takes its first write, so a
    /// state of recovery proves that there was none. It rejoins as one that may have begun to be a primary.
    /// </summary>
    private static Verdict? TurnBack(Situation now, PromotionDecision begun, PodSeen? pod)
    {
        // One that left recovery, and be it for a moment, is the primary: it is waited for, however long that takes.
        if (now.Seen.Control.GetValueOrDefault(begun.To) is not { State: ControlState.InArchiveRecovery or ControlState.ShutDownInRecovery } left
            || left.Timeline != now.Status.Timeline)
        {
            return null;
        }

        return pod is { IsAtRest: false }
            ? Verdict.DoAndLook(new Step.Fence(begun.To, $"it did not take over from {begun.From}"))
            : Verdict.DoAndLook(new Step.AbandonPromotion(begun.From, $"{begun.To} did not take over within {TakeOverLimit.TotalSeconds:0} s", FenceTarget: true));
    }
}
