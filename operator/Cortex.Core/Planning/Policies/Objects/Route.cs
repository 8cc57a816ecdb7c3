using Cortex.Core.Naming;

namespace Cortex.Core.Planning.Policies.Objects;

/// <summary>Sends writing clients to the decided primary once it accepts writes.</summary>
internal static class Route
{
    public static Verdict Decide(Situation now) =>
        now is { Seen.Inventory.HasServices: true, Status: { Primary: { } primary, Promotion: null } }
        && now.Leader is not null
        && now.Seen.Inventory.Pods.Any(pod => pod.Role != (pod.Instance == primary ? Labels.PrimaryRole : Labels.StandbyRole))
            ? Verdict.Do(new Step.AssignRoles(primary))
            : Verdict.Nothing;
}
