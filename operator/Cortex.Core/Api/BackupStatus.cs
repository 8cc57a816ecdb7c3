namespace Cortex.Core.Api;

/// <summary>What can be restored, as the repository says it, and how archiving goes.</summary>
public sealed record BackupStatus
{
    /// <summary>The folder of this cluster in the repository.</summary>
    public string? Folder { get; init; }

    /// <summary>The end of the oldest backup: earlier moments cannot be restored. Absent while there is no backup.</summary>
    public DateTimeOffset? FirstRecoverable { get; init; }

    /// <summary>Every commit up to this moment is in the repository. Absent while there is no backup.</summary>
    public DateTimeOffset? LatestRecoverable { get; init; }

    public LastBackupStatus? LastBackup { get; init; }

    public ArchiveStatus? Archive { get; init; }
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
    /// <summary>The name of the last file that was archived.</summary>
    public string? LastArchived { get; init; }

    /// <summary>Since when each attempt has failed; absent where the last attempt did not.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Segments that wait to be archived.</summary>
    public required long BacklogSegments { get; init; }
}
