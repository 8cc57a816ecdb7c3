using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Restoring;

/// <summary>What is wrong with <c>spec.bootstrap</c>. The schema says the same where it can.</summary>
public static partial class RestoreRules
{
    public const int LongestFolder = 300;
    public const int LongestTime = 35;
    public const int LongestLsn = 17;
    public const int LongestRestorePoint = 63;
    public const int LongestLabel = 33;

    private const string Field = "spec.bootstrap.fromBackup";
    private const string Target = $"{Field}.target";

    public static IEnumerable<FieldRefusal> Of(CortexCluster cluster)
    {
        if (cluster.Spec.Bootstrap is not { } bootstrap)
        {
            return [];
        }

        return bootstrap.FromBackup is not { } from ? [new(Field, "name the backup to restore, or leave spec.bootstrap out")]
            : [.. Source(cluster, from), .. OfTarget(from.Target)];
    }

    /// <summary>The texts of it, with the length that each may have.</summary>
    public static IEnumerable<(string Path, string? Text, int Longest)> Texts(FromBackupSpec? from) => from is null ? [] :
    [
        ($"{Field}.cluster", from.Cluster, Names.LongestCluster),
        ($"{Field}.repository.directory.volume", from.Repository?.Directory?.Volume, BackupRules.LongestVolume),
        ($"{Field}.repository.directory.size", from.Repository?.Directory?.Size, Quantity.Longest),
        ($"{Field}.repository.directory.className", from.Repository?.Directory?.ClassName, BackupRules.LongestClassName),
        ($"{Field}.folder", from.Folder, LongestFolder),
        ($"{Target}.time", from.Target.Time, LongestTime),
        ($"{Target}.lsn", from.Target.Lsn, LongestLsn),
        ($"{Target}.restorePoint", from.Target.RestorePoint, LongestRestorePoint),
        ($"{Target}.backup", from.Target.Backup, LongestLabel),
    ];

    private static IEnumerable<FieldRefusal> Source(CortexCluster cluster, FromBackupSpec from)
    {
        if (from is { Cluster: { } named })
        {
            return from is { Repository: null, Folder: null, Encryption: null }
                ? named == cluster.Metadata.Name
                    ? [new($"{Field}.cluster", "a cluster is not restored from itself", "restore into a cluster of another name")]
                    : ClusterName().IsMatch(named) ? [] : [new($"{Field}.cluster", $"\"{named}\" must be the name of a cluster")]
                : [new(Field, EitherOr)];
        }

        return from is not { Folder: { } folder, Repository: { } repository }
            || BackupRules.Places(repository) != 1 || repository.Directory is { Volume: null }
            ? [new(Field, EitherOr)]
            :
            [
                .. repository.Directory?.Volume is { } volume && BackupRules.WhyNoVolume(cluster, volume) is { } why
                    ? [new FieldRefusal($"{Field}.repository.directory.volume", why)]
                    : Array.Empty<FieldRefusal>(),
                .. FolderName().IsMatch(folder) ? Array.Empty<FieldRefusal>()
                    : [
                        new FieldRefusal(
                            $"{Field}.folder", $"\"{folder}\" must be NAMESPACE/NAME/UID, as status.backup.folder of the cluster said it"),
                    ],
            ];
    }

    private const string EitherOr =
        "name either cluster, or folder and one of repository.directory.volume, repository.s3 and repository.sftp";

    private static IEnumerable<FieldRefusal> OfTarget(RestoreTargetSpec target)
    {
        if (new[] { target.Time, target.Lsn, target.RestorePoint }.Count(name => name is not null) > 1)
        {
            yield return new(Target, "only one of time, lsn and restorePoint can be the end of a restore");
        }

        if (target.Exclusive && target.Time is null && target.Lsn is null)
        {
            yield return new($"{Target}.exclusive", "it needs time or lsn");
        }

        if (target.Time is { } time && RestoreRequest.ParseTime(time) is null)
        {
            yield return new($"{Target}.time", $"\"{time}\" must be a moment with a time zone, such as 2026-01-31T12:00:00Z");
        }

        if (target.Lsn is { } lsn && !Lsn.TryParse(lsn, out _))
        {
            yield return new($"{Target}.lsn", $"\"{lsn}\" must be a WAL position, such as 0/3000060");
        }

        if (target.RestorePoint is { } point && !PrintableName().IsMatch(point))
        {
            yield return new($"{Target}.restorePoint", "the name of a restore point has 1 to 63 printable ASCII characters");
        }

        if (target.Backup is { } label && !Label().IsMatch(label))
        {
            yield return new($"{Target}.backup", $"\"{label}\" must be the label of a backup, such as 20260131-120000F");
        }
    }

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex ClusterName();

    [GeneratedRegex(
        "^(" + Paths.Repository + @"/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?){2}\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex FolderName();

    [GeneratedRegex(@"^[ -~]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex PrintableName();

    [GeneratedRegex(@"^[0-9]{8}-[0-9]{6}F(_[0-9]{8}-[0-9]{6}[DI])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
