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
    public static Verdict RefuseMajorVersion(Situation now) => WhyNotMajorVersion(now) is not { } no ? Verdict.Nothing : Verdict.Refuse(no.Reason, no.Message) with
    {
        Steps = [.. Topology.DueForStart(now).Where(pod => pod.Image is not null).Select(pod => new Step.StartPod(pod.Instance))],
    };

    /// <summary>Null where the image can open the data, or nothing is known of it.</summary>
    public static Refusal? WhyNotMajorVersion(Situation now)
    {
        return now.Seen.Image.Facts is not { } image || MajorsOfData(now).FirstOrDefault(one => one != image.MajorVersion) is not (> 0 and var major)
            ? null
            : new(
                Reasons.MajorVersionChange,
                $"spec.image: {now.Spec.Image} has PostgreSQL {image.PostgresVersion}, the data are those of PostgreSQL {major}; put an image with {major} back, "
                    + "and move to another major version by pg_dump into a new cluster");
    }

    /// <summary>Who leads says it, or said it; before anybody leads, what runs and the data that rest do.</summary>
    private static IEnumerable<int> MajorsOfData(Situation now)
    {
        var leading = now.Seen.Answer(now.Status.Primary)?.Version ?? (now.Status.SystemIdentifier is null ? null : now.Status.PostgresVersion);
        return ServerVersion.Major(leading) is { } major ? [major]
            : now.Seen.Data.Values.Select(one => one.MajorVersion).Concat(now.Seen.Postgres.Values.Select(one => ServerVersion.Major(one.Version))).OfType<int>();
    }

    /// <summary>Names of ours that somebody else has taken.</summary>
    public static Verdict RespectOthers(Situation now) =>
        now.Seen.Inventory.Foreign is { Count: > 0 } foreign
            ? Verdict.Refuse(
                Reasons.Conflict,
                $"{string.Join(", ", foreign.Select(one => $"{one.Kind} {one.Name} belongs to {one.Owner}"))}; rename the cluster, or remove what is in the way")
            : Verdict.Nothing;
}
