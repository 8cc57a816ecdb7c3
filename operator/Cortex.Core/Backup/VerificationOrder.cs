using System.Globalization;
using System.Text.Json;
using Cortex.Core.Api;

namespace Cortex.Core.Backup;

/// <summary>
/// What a restore test was started with. It is a label of its container, so that every later pass knows what the result is of.
/// </summary>
public sealed record VerificationOrder
{
    /// <summary>WAL is replayed, and data that were added after the backup grow, in this much room.</summary>
    private const long ForWal = 1L << 30;

    /// <summary>The test ends before it takes the last of the disk from the databases.</summary>
    public const long Spare = 1L << 29;

    /// <summary>In whole seconds: with it, a container and the receipt of its test are the same test.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The label of the backup.</summary>
    public required string Backup { get; init; }

    /// <summary>When the backup was complete.</summary>
    public required DateTimeOffset StoppedAt { get; init; }

    /// <summary>The bytes that must be free when it begins.</summary>
    public required long Needs { get; init; }

    /// <summary>The newest segment in the repository when the test began; null where there was none.</summary>
    public string? NewestWal { get; init; }

    /// <summary>The number of the next transaction of the primary at that time; null where it did not say.</summary>
    public long? NextTransaction { get; init; }

    /// <summary>The value of the annotation at that time.</summary>
    public string? Request { get; init; }

    public static VerificationOrder Of(
        RepositorySeen repository, BackupSeen backup, long? nextTransaction, string? request, DateTimeOffset now) => new()
        {
            StartedAt = ApiTime.ToSecond(now),
            Backup = backup.Label,
            StoppedAt = backup.Stopped,
            Needs = backup.Size + ForWal,
            NewestWal = repository.NewestWal,
            NextTransaction = nextTransaction,
            Request = request,
        };

    /// <summary>The arguments of verify.sh after the configuration.</summary>
    public IEnumerable<string> Arguments(string folder, RepositoryAccess access) =>
    [
        RepositoryFile.RenderSource(folder, access), Backup, Needs.ToString(CultureInfo.InvariantCulture),
        Spare.ToString(CultureInfo.InvariantCulture),
    ];

    public string ToLabel() => JsonSerializer.Serialize(this);

    /// <summary>Null where the text is not such a label.</summary>
    public static VerificationOrder? Parse(string? label)
    {
        try
        {
            return label is null ? null : JsonSerializer.Deserialize<VerificationOrder>(label);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The container of a restore test. It continues while no operator runs, and stays until its result was read.</summary>
/// <param name="ExitCode">How it ended; null while it runs.</param>
/// <param name="Output">The end of what it printed; empty while it runs.</param>
public sealed record VerificationJobSeen(VerificationOrder Order, int? ExitCode, string Output)
{
    /// <summary>Why it cannot start, where the target says so; null otherwise.</summary>
    public string? StartProblem { get; init; }
}
