namespace Cortex.Core.Api;

/// <summary>Which restore tests are done, the one in progress, and the next one.</summary>
public sealed record VerificationStatus
{
    /// <summary>The value of spec.backup.verify that it is for. Another value begins at the moment of the change.</summary>
    public string? Request { get; init; }

    /// <summary>Every scheduled time up to this moment is done.</summary>
    public required DateTimeOffset HandledUntil { get; init; }

    /// <summary>The value of the annotation that asked for the last test on request.</summary>
    public string? HandledRequest { get; init; }

    /// <summary>The next scheduled time; absent where nothing is scheduled, or it is not known.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>The start of the test in progress; absent while no test runs.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The label of the backup that it restores.</summary>
    public string? Backup { get; init; }

    /// <summary>What a test that is due or was asked for waits for; absent where none waits.</summary>
    public string? Waiting { get; init; }

    /// <summary>Why no test can be made; absent where one can.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>What came of a restore test.</summary>
public sealed record VerificationReceipt
{
    /// <summary>One of <see cref="VerificationVerdicts"/>.</summary>
    public required string Verdict { get; init; }

    /// <summary>The label of the backup that was restored.</summary>
    public required string Backup { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required long DurationSeconds { get; init; }

    /// <summary>The time of the last commit that was recovered; without one after the backup, the end of the backup.</summary>
    public DateTimeOffset? RecoveredUntil { get; init; }

    /// <summary>The WAL position up to which it was recovered.</summary>
    public string? RecoveredLsn { get; init; }

    /// <summary>
    /// Writing transactions that the primary had begun at the start of the test, and that were not in the repository. Absent where the
    /// primary did not say.
    /// </summary>
    public long? MissingTransactions { get; init; }

    /// <summary>Seconds from <see cref="RecoveredUntil"/> to the start of the test; 0 where no transaction is missing.</summary>
    public long? MissingSeconds { get; init; }

    /// <summary>Indexes that were checked and are sound; absent where the image has no amcheck.</summary>
    public long? CheckedIndexes { get; init; }

    /// <summary>Why it did not succeed, or what was not checked.</summary>
    public string? Message { get; init; }
}

/// <summary>What a restore test says about a backup.</summary>
public static class VerificationVerdicts
{
    /// <summary>It was restored, recovered to the end of the archive, started and checked.</summary>
    public const string Succeeded = "Succeeded";

    public const string Failed = "Failed";

    /// <summary>The test could not be made, or not to its end, for a reason that is not the backup's.</summary>
    public const string Skipped = "Skipped";
}
