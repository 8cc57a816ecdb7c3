namespace Cortex.Core.Api;

/// <summary>What the first primary is made from. Without this part it begins with an empty database.</summary>
public sealed record BootstrapSpec
{
    public FromBackupSpec? FromBackup { get; init; }
}

/// <summary>A backup that is restored: of a cluster that exists, or in a folder that a cluster left behind.</summary>
public sealed record FromBackupSpec
{
    /// <summary>A cluster of the same namespace; its resource says where its backups are.</summary>
    public string? Cluster { get; init; }

    /// <summary>Where the backups are; needed only without <see cref="Cluster"/>.</summary>
    public RepositorySpec? Repository { get; init; }

    /// <summary>The folder in that repository: <c>NAMESPACE/NAME/UID</c> of the cluster that wrote it.</summary>
    public string? Folder { get; init; }

    /// <summary>How they are encrypted; only with <see cref="Repository"/>: the resource of a cluster says it itself.</summary>
    public EncryptionSpec? Encryption { get; init; }

    public RestoreTargetSpec Target { get; init; } = new();
}

/// <summary>
/// The end of the restore. Without time, lsn and restorePoint: all that was archived, or the state of <see cref="Backup"/> at its end.
/// </summary>
public sealed record RestoreTargetSpec
{
    /// <summary>A moment as in RFC 3339, such as <c>2026-01-31T12:00:00Z</c>.</summary>
    public string? Time { get; init; }

    /// <summary>A WAL position, such as <c>0/3000060</c>.</summary>
    public string? Lsn { get; init; }

    /// <summary>The name that was given to pg_create_restore_point.</summary>
    public string? RestorePoint { get; init; }

    /// <summary>The label of the backup to begin with; without another target, the database as it was at the end of that backup.</summary>
    public string? Backup { get; init; }

    /// <summary>What happened exactly at <see cref="Time"/> or <see cref="Lsn"/> is left out.</summary>
    public bool Exclusive { get; init; }
}
