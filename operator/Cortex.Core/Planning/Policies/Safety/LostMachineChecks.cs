using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Safety;

/// <summary>Pods on machines that are away, as Kubernetes has them and Podman has not.</summary>
internal static class LostMachineChecks
{
    /// <summary>Why nobody may be promoted for a primary whose machine is away; null where that is not so.</summary>
    public static Refusal? WhyNotFenced(Situation now, string primary) =>
        now.Seen.Inventory.Pod(primary) is { IsLost: true } && !now.Spec.Kubernetes.LostInstances.Contains(primary)
            ? new(
                Reasons.FenceUnproven,
                $"the machine of {primary} is away, so that {primary} cannot be seen stopped and may still take writes; once that machine is off for certain, say so in spec.kubernetes.lostInstances: [{primary}]")
            : null;
}
