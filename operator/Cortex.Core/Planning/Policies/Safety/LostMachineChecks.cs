using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Safety;

/// <summary>Pods on machines that do not answer. Only Kubernetes has them.</summary>
internal static class LostMachineChecks
{
    /// <summary>Why no instance may be promoted while the primary's machine does not answer; null where it does.</summary>
    public static Refusal? WhyNotFenced(Situation now, string primary) =>
        now.Seen.Inventory.Pod(primary) is { IsLost: true } && !now.Spec.Kubernetes.LostInstances.Contains(primary)
            ? new(
                Reasons.FenceUnproven,
                $"the machine of {primary} does not answer, so that {primary} cannot be seen stopped and may still accept writes",
                $"once that machine is off for certain, say so in spec.kubernetes.lostInstances: [{primary}]")
            : null;
}
