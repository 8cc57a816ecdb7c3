using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>Names of the cluster that another owner uses.</summary>
internal static class RespectOthers
{
    public static Verdict Decide(Situation now) =>
        now.Seen.Inventory.Foreign is { Count: > 0 } foreign
            ? Verdict.Refuse(
                Reasons.Conflict,
                string.Join(", ", foreign.Select(thing => $"{thing.Kind} {thing.Name} belongs to {thing.Owner}")),
                "rename the cluster, or remove what is in the way")
            : Verdict.Nothing;
}
