using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies;

/// <summary>What is refused before anything is done. A running cluster serves on: nothing is changed under it.</summary>
internal static class Validation
{
    public static Verdict Refuse(Situation now) =>
        Validity.Of(now.Cluster) is { Count: > 0 } problems
            ? Verdict.Refuse(Reasons.InvalidSpec, FieldRefusal.Summary(problems))
            : Verdict.Nothing;

    /// <summary>An image that will not do is refused before anything is made for it; what runs already is another matter.</summary>
    public static Verdict RefuseImage(Situation now) =>
        now.Seen is { Image.Problem: { } problem, Inventory: { Pods.Count: 0, Volumes.Count: 0 } }
            ? Verdict.Refuse(Reasons.ImageUnusable, problem)
            : Verdict.Nothing;

    /// <summary>
    /// Data of one major version cannot be opened by another (https://www.postgresql.org/docs/current/upgrading.html). The cluster serves on with the image that it
    /// has: pods that rest are started as they were made, and nothing else is done with the image that will not do.
    /// </summary>
    public static Verdict RefuseMajorVersion(Situation now) => MajorVersionChecks.WhyNot(now) is not { } no ? Verdict.Nothing : Verdict.Refuse(no.Reason, no.Message) with
    {
        Steps = [.. Topology.DueForStart(now).Where(pod => pod.Image is not null).Select(pod => new Step.StartPod(pod.Instance))],
    };

    /// <summary>Names of ours that somebody else has taken.</summary>
    public static Verdict RespectOthers(Situation now) =>
        now.Seen.Inventory.Foreign is { Count: > 0 } foreign
            ? Verdict.Refuse(
                Reasons.Conflict,
                $"{string.Join(", ", foreign.Select(one => $"{one.Kind} {one.Name} belongs to {one.Owner}"))}; rename the cluster, or remove what is in the way")
            : Verdict.Nothing;
}
