namespace Cortex.Core.Api;

/// <summary>What can be restored, as the repository says it, and how archiving goes.</summary>
public sealed record BackupStatus
{
    /// <summary>The folder of this cluster in the repository.</summary>
    public string? Folder { get; init; }

    /// <summary>
    /// Folders with backups of clusters that had this name before, as <c>spec.bootstrap.fromBackup.folder</c> takes them. They were found
    /// when the folder of this cluster was made.
    /// </summary>
    public IReadOnlyList<string> EarlierFolders { get; init; } = [];

    /// <summary>The end of the oldest backup: earlier moments cannot be restored. Absent while there is no backup.</summary>
    public DateTimeOffset? FirstRecoverable { get; init; }

    /// <summary>Every commit up to this moment is in the repository. Absent while there is no backup.</summary>
    public DateTimeOffset? LatestRecoverable { get; init; }

    /// <summary>What all backups take in the repository; WAL is not counted. Absent while there is no backup.</summary>
    public long? StoredBytes { get; init; }

    public LastBackupStatus? LastBackup { get; init; }

    public ArchiveStatus? Archive { get; init; }

    /// <summary>Absent where spec.backup.schedule is.</summary>
    public ScheduleStatus? Schedule { get; init; }

    /// <summary>Absent while no restore test was asked for.</summary>
    public VerificationStatus? Verification { get; init; }

    /// <summary>Absent until a restore test has ended.</summary>
    public VerificationReceipt? LastVerification { get; init; }
}

/// <summary>The newest backup in the repository.</summary>
public sealed record LastBackupStatus
{
    public required string Label { get; init; }

    /// <summary>Full, Differential or Incremental.</summary>
    public required string Type { get; init; }

    public required DateTimeOffset StoppedAt { get; init; }
}

/// <summary>How WAL gets into the repository.</summary>
public sealed record ArchiveStatus
{
    /// <summary>The name of the last segment that was archived; of another file while no segment was.</summary>
    public string? LastArchived { get; init; }

    /// <summary>Since when each attempt has failed; absent where the last attempt did not.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Segments that wait to be archived.</summary>
    public required long BacklogSegments { get; init; }

    /// <summary>The same in bytes.</summary>
    public long BacklogBytes { get; init; }

    /// <summary>Absent where every moment since the oldest backup can be restored, and while there is no backup.</summary>
    public ArchiveGapStatus? Gap { get; init; }
}

/// <summary>WAL that was given up, so that later WAL cannot be used with the backups that there are.</summary>
public sealed record ArchiveGapStatus
{
    /// <summary>The newest file that was given up: a backup that begins after it ends the gap.</summary>
    public required string GivenUp { get; init; }

    /// <summary>When that was.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Which scheduled times are done, and the next one.</summary>
public sealed record ScheduleStatus
{
    /// <summary>The value of spec.backup.schedule that it is for. Another value begins at the moment of the change.</summary>
    public required string Request { get; init; }

    /// <summary>
    /// Every scheduled time up to this moment is done: its backup was made, or a later or more complete backup took its place.
    /// </summary>
    public required DateTimeOffset HandledUntil { get; init; }

    /// <summary>The next scheduled time; absent where it is not known.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>Full, Differential or Incremental: the type of the next backup.</summary>
    public string? NextType { get; init; }

    /// <summary>The CortexBackup that the schedule made last.</summary>
    public string? LastBackup { get; init; }

    /// <summary>The scheduled time that it was made for.</summary>
    public DateTimeOffset? LastScheduled { get; init; }

    /// <summary>Why the condition BackupsScheduled is False; absent where it is True.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }
}
