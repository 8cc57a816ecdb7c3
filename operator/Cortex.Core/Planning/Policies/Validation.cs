using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies;

/// <summary>What is refused before anything is done. A running cluster serves on: nothing is changed under it.</summary>
internal static class Validation
{
    public static Verdict Refuse(Situation now) =>
        Validity.Of(now.Cluster) is { Count: > 0 } problems
            ? Verdict.Refuse(Reasons.InvalidSpec, string.Join("; ", problems.Select(one => $"{one.Path}: {one.Reason}")))
            : Verdict.Nothing;

    /// <summary>Names of ours that somebody else has taken.</summary>
    public static Verdict RespectOthers(Situation now) =>
        now.Seen.Inventory.Foreign is { Count: > 0 } foreign
            ? Verdict.Refuse(
                Reasons.Conflict,
                $"{string.Join(", ", foreign.Select(one => $"{one.Kind} {one.Name} belongs to {one.Owner}"))}; rename the cluster, or remove what is in the way")
            : Verdict.Nothing;
}
