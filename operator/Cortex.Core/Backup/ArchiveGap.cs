using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;

namespace Cortex.Core.Backup;

/// <summary>
/// WAL that was given up, because more waited than spec.backup.maximumBacklog allows. The backups that there are lead up to it and not
/// beyond; a backup that begins after it leads further.
/// </summary>
public static partial class ArchiveGap
{
    /// <summary>The name of a WAL file, of a segment or of the history of a timeline; null for any other text.</summary>
    public static string? File(string? text) => text?.TrimEnd('\n') is { } name && Name().IsMatch(name) ? name : null;

    /// <summary>The gap that there is now; null where the archive is complete.</summary>
    /// <param name="before">What was known: another primary may have given up the WAL.</param>
    public static ArchiveGapStatus? Of(BackupStatus before, ArchiveSeen archive)
    {
        var known = before.Archive?.Gap;
        var newest = archive.GivenUp is { } seen && (known is null || IsAfter(seen.GivenUp, known.GivenUp)) ? seen : known;
        return newest is null ? null : archive.Repository switch
        {
            // Names of files tell it exactly. Without them moments have to do; the last backup may not have been seen yet.
            null => newest == known || before.LastBackup is not { } last || newest.At > last.StoppedAt ? newest : null,
            { Backups: [.., var latest] } when !IsAfter(latest.WalFrom, newest.GivenUp) => newest,
            _ => null,
        };
    }

    /// <summary>
    /// The full backup that ends a gap. It waits, as each backup does, until WAL is archived again. Null where there is no gap, or a backup
    /// is in progress.
    /// </summary>
    /// <param name="backups">All backups of the cluster.</param>
    public static CortexBackup? Repair(CortexCluster? cluster, IEnumerable<CortexBackup> backups) =>
        cluster is { Metadata.DeletionTimestamp: null, Spec.Backup: not null, Status.Backup.Archive.Gap: { } gap }
        && backups.All(backup => backup.IsOver())
            ? new CortexBackup
            {
                // One for each gap: after an interruption the name is taken.
                Metadata = new()
                {
                    Name = string.Create(CultureInfo.InvariantCulture, $"{cluster.Metadata.Name}-gap-{gap.GivenUp.ToLowerInvariant()}"),
                    NamespaceProperty = cluster.Metadata.NamespaceProperty,
                },
                Spec = new() { Cluster = cluster.Metadata.Name, Type = BackupType.Full },
            }
            : null;

    /// <summary>Names are in the order of timelines and positions.</summary>
    private static bool IsAfter(string file, string other) => string.CompareOrdinal(file, other) > 0;

    [GeneratedRegex(@"^[0-9A-F]{8}([0-9A-F]{16}|\.history)(\.[0-9A-F]{8}\.backup)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
