using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies;

/// <summary>What is refused before anything is done. A running cluster serves on: nothing is changed under it.</summary>
internal static class Validation
{
    public static Verdict Refuse(Situation now) =>
        Validity.Of(now.Cluster) is { Count: > 0 } problems
            ? Verdict.Refuse(Reasons.InvalidSpec, string.Join("; ", problems.Select(one => $"{one.Path}: {one.Reason}")))
            : Verdict.Nothing;

    /// <summary>An image that will not do is refused before anything is made for it; what runs already is another matter.</summary>
    public static Verdict RefuseImage(Situation now) =>
        now.Seen is { Image.Problem: { } problem, Inventory: { Pods.Count: 0, Volumes.Count: 0 } }
            ? Verdict.Refuse(Reasons.ImageUnusable, problem)
            : Verdict.Nothing;

    /// <summary>Names of ours that somebody else has taken.</summary>
    public static Verdict RespectOthers(Situation now) =>
        now.Seen.Inventory.Foreign is { Count: > 0 } foreign
            ? Verdict.Refuse(
                Reasons.Conflict,
                $"{string.Join(", ", foreign.Select(one => $"{one.Kind} {one.Name} belongs to {one.Owner}"))}; rename the cluster, or remove what is in the way")
            : Verdict.Nothing;
}
