using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>
/// Whether the image can open the data. One major version cannot open the data of another
/// (https://www.postgresql.org/docs/current/upgrading.html).
/// </summary>
internal static class MajorVersionChecks
{
    /// <summary>Null where the image can open the data, or nothing is known about it.</summary>
    public static Refusal? WhyNot(Situation now) =>
        now.Seen.Image.Facts is not { } image
        || MajorsOfData(now).FirstOrDefault(number => number != image.MajorVersion) is not (> 0 and var major)
            ? null
            : new(
                Reasons.MajorVersionChange,
                $"spec.image: {now.Spec.Image} has PostgreSQL {image.PostgresVersion}, the data are those of PostgreSQL {major}",
                $"set spec.image to an image with PostgreSQL {major}; to change the major version, pg_dump into a new cluster");

    /// <summary>
    /// From the primary's answer, present or past. Before there is a primary: from running servers and from data at rest.
    /// </summary>
    private static IEnumerable<int> MajorsOfData(Situation now)
    {
        var leading = now.Seen.Answer(now.Status.Primary)?.Version
            ?? (now.Status.SystemIdentifier is null ? null : now.Status.PostgresVersion);
        return ServerVersion.Major(leading) is { } major ? [major]
            : now.Seen.Data.Values.Select(data => data.MajorVersion)
                .Concat(now.Seen.Postgres.Values.Select(postgres => ServerVersion.Major(postgres.Version))).OfType<int>();
    }
}
