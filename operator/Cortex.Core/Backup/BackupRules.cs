using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What is wrong with <c>spec.backup</c>. The schema says the same where it can.</summary>
public static partial class BackupRules
{
    public const int MostFull = 1000;
    public const int LongestVolume = 128;

    /// <summary>The longest name of a storage class, as of most objects of Kubernetes.</summary>
    public const int LongestClassName = 253;

    private const string Directory = "spec.backup.repository.directory";
    private const string Volume = $"{Directory}.volume";

    internal const string OnlyOne = "only one of directory, s3 and sftp can be the repository";

    public static IEnumerable<FieldRefusal> Of(CortexCluster cluster)
    {
        if (cluster.Spec.Backup is not { } backup)
        {
            yield break;
        }

        foreach (var refusal in OfRepository(cluster, backup.Repository))
        {
            yield return refusal;
        }

        if (backup.Repository.Directory?.Size is { } size && (!Quantity.IsSize(size) || Quantity.Parse(size) == 0))
        {
            yield return new($"{Directory}.size", $"\"{size}\" must be a size of more than 0, such as 100Gi");
        }

        if (backup.Retention.Full is < 1 or > MostFull)
        {
            var problem = string.Create(CultureInfo.InvariantCulture, $"{backup.Retention.Full} must be 1 to {MostFull}");
            yield return new("spec.backup.retention.full", problem);
        }

        if (backup.MaximumBacklog is { } most && !IsBacklog(most))
        {
            yield return new("spec.backup.maximumBacklog", $"\"{most}\" must be a size of at least 64Mi, such as 8Gi");
        }

        foreach (var refusal in backup.Schedule is { } schedule ? ScheduleRules.Of(schedule) : [])
        {
            yield return refusal;
        }

        foreach (var refusal in backup.Verify is { } verify ? ScheduleRules.Of(verify) : [])
        {
            yield return refusal;
        }
    }

    /// <summary>How many places it names: one is right.</summary>
    internal static int Places(RepositorySpec repository) =>
        new object?[] { repository.Directory, repository.S3, repository.Sftp }.Count(place => place is not null);

    private static FieldRefusal[] OfRepository(CortexCluster cluster, RepositorySpec repository) =>
        Places(repository) > 1 ? [new("spec.backup.repository", OnlyOne)]
        // A bucket and a server have rules of their own.
        : repository is { S3: not null } or { Sftp: not null } ? []
        : repository.Directory?.Volume is not { Length: > 0 } volume
            ? [new(Volume, "the name of a volume is needed: it is where WAL is archived to and backups are kept")]
        : WhyNoVolume(cluster, volume) is { } why ? [new(Volume, why)]
        : [];

    /// <summary>Why a volume cannot hold backups, by its name; null where it can.</summary>
    public static Objection? WhyNoVolume(CortexCluster cluster, string volume) =>
        !VolumeName().IsMatch(volume)
            ? new($"\"{volume}\" must be the name of a volume: a-z, 0-9, - and ., a letter or digit first and last")
        : IsOfInstance(cluster.Metadata.Name ?? "", volume)
            ? new($"\"{volume}\" is the data volume of an instance", "name another volume for backups")
        : null;

    private static bool IsBacklog(string size) =>
        Quantity.IsSize(size) && Quantity.Parse(size) >= Archiving.LeastBacklog * Archiving.SegmentSize;

    private static bool IsOfInstance(string cluster, string volume)
    {
        var suffix = Names.Volume("");
        return volume.EndsWith(suffix, StringComparison.Ordinal) && Names.IndexOf(cluster, volume[..^suffix.Length]) is not null;
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex VolumeName();
}
