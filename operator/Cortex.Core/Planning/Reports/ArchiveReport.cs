using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>What is reported about archiving and about what can be restored.</summary>
internal static class ArchiveReport
{
    private const int LongestMessage = 1000;

    /// <summary>The condition; null for a cluster without a repository.</summary>
    public static (string Status, string Reason, string Message)? Condition(Situation now) => now switch
    {
        { Spec.Backup: null } => null,
        { Seen.Image.Facts: { BackupVersion: null } } => ("False", Reasons.BackupProgramMissing,
            $"{now.Spec.Image} has no pgbackrest, so WAL is not archived and nothing can be restored; "
                + "build the image again, or name another in spec.image"),
        { Seen.Image.Facts.BackupVersion: { } version } when !BackupProgram.Reaches(RepositoryAccess.Of(now.Spec), version) =>
            ("False", Reasons.BackupProgramTooOld,
                $"pgbackrest {version} of {now.Spec.Image} has no SFTP, which spec.backup.repository.sftp needs, so WAL is not archived "
                    + $"and nothing can be restored; name an image with {BackupProgram.FirstWithSftp} or later in spec.image"),
        _ when RepositoryAccessReport.Problem(now) is { } problem => ("False", problem.Reason, problem.Message),
        { Seen.Archive: null or { Repository: null, LastArchived: null, IsFailing: false } } =>
            ("Unknown", Reasons.NotObserved, "the state of archiving is not known"),
        { Seen.Archive: { Repository.IsPrepared: false, Unprepared: { } why } } =>
            ("False", Reasons.RepositoryUnusable, $"the repository cannot be used: {why}"),
        { Seen.Archive: { Repository.IsPrepared: false } } => ("False", Reasons.Preparing, "the repository is being prepared"),
        { Seen.Archive: { IsFailing: true } or { IsGivingUp: true } } =>
            ("False", Reasons.ArchivingFails, Failure(now, now.Seen.Archive)),
        _ => ("True", Reasons.Archived, "all completed WAL segments are archived"),
    };

    /// <summary>The condition of the gap; null where there is no gap and none is possible.</summary>
    public static (string Status, string Reason, string Message)? Gap(Situation now) => now switch
    {
        { Spec.Backup: null } => null,
        { Seen.Archive: null } when now.Status.Backup?.Archive?.Gap is { } known => ("True", Reasons.WalGivenUp, Sentence(now, known)),
        { Seen.Archive: { } archive } when ArchiveGap.Of(Before(now), archive) is { } gap =>
            ("True", Reasons.WalGivenUp, Sentence(now, gap)),
        { Spec.Backup.MaximumBacklog: not null } => ("False", Reasons.NoGap, "no WAL was given up since the last backup"),
        _ => null,
    };

    /// <summary>The status; what was read from the repository earlier stays while it cannot be read now.</summary>
    public static BackupStatus? Status(Situation now)
    {
        if (now.Spec.Backup is null)
        {
            return null;
        }

        var before = Before(now);
        if (now.Seen.Archive is not { } archive)
        {
            return before;
        }

        var gap = ArchiveGap.Of(before, archive);
        var known = archive.Repository is { } repository ? Recoverable(before, repository, gap is not null) : before;
        return known with
        {
            Archive = new ArchiveStatus
            {
                LastArchived = LastSegment(archive.LastArchived) ?? before.Archive?.LastArchived ?? archive.LastArchived,
                FailingSince = archive.IsFailing || archive.IsGivingUp ? before.Archive?.FailingSince ?? archive.FailedAt : null,
                BacklogSegments = archive.Backlog,
                BacklogBytes = archive.Backlog * Archiving.SegmentSize,
                Gap = gap,
            },
        };
    }

    /// <summary>
    /// A new primary has archived nothing yet, and then the history of its timeline before any segment: neither says how far the archive
    /// goes.
    /// </summary>
    private static string? LastSegment(string? file) => ArchiveBound.Of(file) == ArchiveBound.Unknown ? null : file;

    /// <summary>What is known of this life of the cluster.</summary>
    private static BackupStatus Before(Situation now)
    {
        var folder = RepositoryAccess.Of(now.Spec).Folder(RepositoryFile.Folder(now.Seen.Cluster, now.Cluster.Metadata.Uid));
        return now.Status.Backup?.Folder == folder ? now.Status.Backup : new BackupStatus { Folder = folder };
    }

    /// <param name="hasGap">WAL after the gap is of no use: what was recoverable before stays.</param>
    private static BackupStatus Recoverable(BackupStatus before, RepositorySeen repository, bool hasGap)
    {
        if (repository.Backups is not [var first, ..])
        {
            return before with { FirstRecoverable = null, LatestRecoverable = null, StoredBytes = null, LastBackup = null };
        }

        var last = repository.Backups[^1];
        // The segment may be gone from the server by now, but it was complete.
        var until = hasGap ? before.LatestRecoverable : repository.CompleteUntil ?? before.LatestRecoverable;
        return before with
        {
            FirstRecoverable = first.Stopped,
            LatestRecoverable = until is { } moment && moment > last.Stopped ? moment : last.Stopped,
            StoredBytes = repository.Backups.Sum(backup => backup.Stored),
            LastBackup = new LastBackupStatus { Label = last.Label, Type = BackupTypes.Word(last.Type), StoppedAt = last.Stopped },
        };
    }

    private static string Sentence(Situation now, ArchiveGapStatus gap) => string.Create(
        CultureInfo.InvariantCulture,
        $"WAL up to {gap.GivenUp} was given up at {gap.At.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}, because more than "
            + $"{now.Spec.Backup?.MaximumBacklog ?? "spec.backup.maximumBacklog"} waited to be archived: what happened since cannot be "
            + $"restored, until the full backup is complete that begins by itself when WAL is archived again");

    private static string Failure(Situation now, ArchiveSeen archive)
    {
        var since = now.Status.Backup?.Archive?.FailingSince ?? archive.FailedAt;
        var when = since is { } at ? string.Create(CultureInfo.InvariantCulture, $" since {at:yyyy-MM-dd HH:mm:ss'Z'}") : "";
        var words = archive.Words is { } said ? $": {said}" : "";
        var backlog = string.Create(CultureInfo.InvariantCulture, $"{archive.Backlog} segments wait on {now.Status.Primary}");
        return QuotedText.Limit($"WAL is not archived{when}, {backlog}{words}", LongestMessage);
    }
}
