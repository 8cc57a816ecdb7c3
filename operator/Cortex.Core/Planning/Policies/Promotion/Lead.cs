namespace Cortex.Core.Planning.Policies.Promotion;

/// <summary>
/// Promotes the decided primary while it is still in recovery: it was adopted from volumes of standbys. An instance that may write without
/// being seen is waited for.
/// </summary>
internal static class Lead
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public static Verdict Decide(Situation now)
    {
        if (now.Status is not { Primary: { } primary, Promotion: null } || now.Seen.Answer(primary) is not { InRecovery: true })
        {
            return Verdict.Nothing;
        }

        var hidden = now.Seen.Inventory.Pods
            .Where(pod => !now.IsFenced(pod.Instance) && now.Seen.Answer(pod.Instance) is null)
            .Where(pod => pod.State is not (PodState.Exited or PodState.Created))
            .Select(pod => pod.Instance).ToList();
        return hidden.Count > 0
            ? Verdict.Wait(
                PollInterval,
                $"{primary} is to be promoted, but {string.Join(", ", hidden)} does not answer and may accept writes; "
                    + $"if it is dead, remove its pod: {Remedy.RemovePod(now, hidden)}")
            : Verdict.DoAndLook(new Step.Promote(primary), new Step.CompletePromotion(primary));
    }
}
