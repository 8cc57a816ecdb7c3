using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Planning.Policies.Lifecycle;
using Cortex.Core.Restoring;

namespace Cortex.Core.Planning.Policies.Backup;

/// <summary>Whether a backup is still to be restored, and whether it can be.</summary>
internal static class RestoreChecks
{
    /// <summary>What is to be restored; null where nothing is, or the cluster has its data.</summary>
    public static RestoreRequest? Request(Situation now) => now.Status.SystemIdentifier is null ? RestoreRequest.Of(now.Spec) : null;

    /// <summary>The job of this request, in progress or ended; null where it was not started.</summary>
    public static JobSeen? Job(Situation now, RestoreRequest request) =>
        now.Seen.Inventory.Jobs.FirstOrDefault(job => job.Restore == request.Mark);

    /// <summary>Data in the volumes that are not those of this restore.</summary>
    public static IReadOnlyList<string> OtherData(Situation now, RestoreRequest request)
    {
        List<string> found = [.. now.Seen.Data.Keys.Concat(now.Seen.Postgres.Keys).Distinct().Order(StringComparer.Ordinal)];
        return now.Seen.Data.Values.Any(data => data.Restored == request.Mark) ? [] : found;
    }

    /// <summary>Why the source cannot give what is asked for; null where it can.</summary>
    public static Refusal? WhyNot(Situation now, RestoreRequest request, RestoreSourceSeen source)
    {
        if (source is not { Repository: { } repository })
        {
            return new(Reasons.RestoreRefused, source.Problem ?? "the repository cannot be read", source.Remedy);
        }

        if (RestoreChoice.Of(request, repository).WhyNot is { } why)
        {
            return new(Reasons.RestoreRefused, why);
        }

        return WhyOtherVersion(now, repository) ?? WhyOtherDatabase(now, source.Database);
    }

    private static Refusal? WhyOtherVersion(Situation now, RepositorySeen repository) =>
        repository.MajorVersion is not { } major || now.Seen.Image.Facts is not { } image || image.MajorVersion == major ? null
        : new(
            Reasons.MajorVersionChange,
            $"spec.image: {now.Spec.Image} has PostgreSQL {image.PostgresVersion}, the backup is of PostgreSQL {major}",
            $"name an image with {major}");

    private static Refusal? WhyOtherDatabase(Situation now, DatabaseSpec? source) => source is null || source == now.Spec.Database ? null
        : new(
            Reasons.RestoreRefused,
            $"spec.database: it says {now.Spec.Database.Name}, owned by {now.Spec.Database.Owner}, and the backup has {source.Name}, "
                + $"owned by {source.Owner}",
            "say the same, and change it when the cluster is Ready");
}
