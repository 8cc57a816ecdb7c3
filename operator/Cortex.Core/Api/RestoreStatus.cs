namespace Cortex.Core.Api;

/// <summary>The restore that the first primary was made by, or is being made by. Written before it begins.</summary>
public sealed record RestoreStatus
{
    /// <summary>One of <see cref="RestorePhases"/>.</summary>
    public required string Phase { get; init; }

    /// <summary>Identifies what spec.bootstrap.fromBackup asked for. After an edit it is another one.</summary>
    public required string Request { get; init; }

    /// <summary>The folder that is restored from.</summary>
    public required string Folder { get; init; }

    /// <summary>The label of the backup that the restore begins with.</summary>
    public required string Backup { get; init; }

    /// <summary>Bytes of the database in that backup.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Up to where, for people.</summary>
    public required string Target { get; init; }

    /// <summary>How far it has come, for people.</summary>
    public string? Progress { get; init; }

    /// <summary>The first moment that the repository could restore when the restore began.</summary>
    public DateTimeOffset? FirstRecoverable { get; init; }

    /// <summary>The last one.</summary>
    public DateTimeOffset? LatestRecoverable { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Why it failed; absent where it did not.</summary>
    public string? Message { get; init; }
}

/// <summary>How far a restore has come.</summary>
public static class RestorePhases
{
    /// <summary>The files of the backup are copied.</summary>
    public const string Copying = "Copying";

    /// <summary>WAL is replayed up to the target.</summary>
    public const string Recovering = "Recovering";
    public const string Completed = "Completed";

    /// <summary>It was tried, and what was asked for cannot be had. It is not tried again until the spec changes.</summary>
    public const string Failed = "Failed";
}
