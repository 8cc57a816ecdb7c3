using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies;

/// <summary>
/// Who is the primary, and how that changes. The decision is written first, then the old primary is proven stopped, then the new one
/// is promoted, then that is written:
/// <code>
///   steady --BeginPromotion--> begun --Fence or HandOver, CommitPromotion--> committed --Promote--> new one writes --CompletePromotion--> steady
///                                \                                              \--- the target is proven stopped and never promoted: AbandonPromotion
///                                 \--- hand-over failed, or the user took the wish back: AbandonPromotion
/// </code>
/// A promotion that was asked for may come true at any time later, whatever was seen of it. So nobody is asked before the commitment is
/// written, and what is committed is given up only when the target's own data say that it never left recovery, and it does not run.
/// Whoever carries on after an interruption finds <c>status.promotion</c> and the world, and needs nothing else.
/// </summary>
internal static class Promotion
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(10);

    /// <summary>The old primary stands still for the target's sake; longer than this it does not.</summary>
    private static readonly TimeSpan TakeOverLimit = TimeSpan.FromSeconds(30);

    /// <summary>From the decision on; a hand-over has its own limits for each of its waits.</summary>
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(90);

    /// <summary>Carries on with a promotion that was begun.</summary>
    public static Verdict Finish(Situation now)
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

        if (target is not null && begun is { Kind: PromotionKind.Failover, IsCommitted: false } && DataLoss.LookAgain(now, begun, target) is { } first)
        {
            return first;
        }

        var next = target is null ? AwaitTarget(now, begun)
            : begun is { Kind: PromotionKind.Switchover, IsCommitted: false }
                ? Verdict.DoAndLook([new Step.HandOver(begun.From, begun.To), .. Commit(now, begun.To)])
                : Verdict.DoAndLook([new Step.Fence(begun.From, $"{begun.To} is to be promoted"), .. Commit(now, begun.To)]);
        // A machine can be lost before anybody says so: then the promotion was begun, and waits for the user's word like one that was not.
        return begun.IsCommitted ? next : next with { PromotionBlocked = Services.WhyNotFenced(now, begun.From) };
    }

    /// <summary>The one decided upon still recovers: it was taken up from volumes of standbys. Whoever may write without being seen is waited for.</summary>
    public static Verdict Lead(Situation now)
    {
        if (now.Status is not { Primary: { } primary, Promotion: null } || now.Seen.Answer(primary) is not { InRecovery: true })
        {
            return Verdict.Nothing;
        }

        var hidden = now.Seen.Inventory.Pods
            .Where(pod => !now.IsFenced(pod.Instance) && now.Seen.Answer(pod.Instance) is null && pod.State is not (PodState.Exited or PodState.Created))
            .Select(pod => pod.Instance).ToList();
        return hidden.Count > 0
            ? Verdict.Wait(Soon, $"{primary} is to be promoted, but {string.Join(", ", hidden)} does not answer and may take writes; if it is dead, remove its pod: {Remedy.RemovePod(now, hidden)}")
            : Verdict.DoAndLook(new Step.Promote(primary), new Step.CompletePromotion(primary));
    }

    /// <summary>What follows once the old primary was seen stopped.</summary>
    public static IReadOnlyList<Step> Commit(Situation now, string to) =>
        [new Step.CommitPromotion(to, DataLoss.IsNoneProven(now, to)), new Step.Promote(to), .. now.Seen.Inventory.HasServices ? [new Step.AssignRoles(to)] : Array.Empty<Step>(), new Step.CompletePromotion(to)];

    /// <summary>Nobody has been asked to promote yet, so the old primary may still stay what it was. Null: carry on.</summary>
    private static string? WhyGiveUp(Situation now, PromotionRecord begun)
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
    private static string? WhyNotHandOver(Situation now, PromotionRecord begun)
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

    private static Verdict AwaitTarget(Situation now, PromotionRecord begun)
    {
        if (!now.Seen.Inventory.HasVolume(begun.To))
        {
            return Verdict.Wait(Patiently, $"the volume of {begun.To}, which was to be promoted, is gone; {begun.From} stays stopped, its data are kept");
        }

        var pod = now.Seen.Inventory.Pod(begun.To);
        if (begun is { Kind: PromotionKind.Switchover, FencedAt: { } since } && now.Now - since > TakeOverLimit && TurnBack(now, begun, pod) is { } back)
        {
            return back;
        }

        return pod is null or { IsAtRest: true }
            ? now.WithoutImage ?? Verdict.DoAndLook(
                new Step.Fence(begun.From, $"{begun.To} is to be promoted"),
                new Step.StartPod(begun.To),
                new Step.AwaitAnswer(begun.To))
            : Verdict.Wait(Soon, $"{begun.To} does not answer; the promotion goes on when it does");
    }

    /// <summary>
    /// The way back when the target of a switchover cannot take over. It is stopped first; the state in its control file changes before a promoted server takes its first write, so a
    /// state of recovery proves that there was none. It rejoins as one that may have begun to be a primary.
    /// </summary>
    private static Verdict? TurnBack(Situation now, PromotionRecord begun, PodSeen? pod)
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
