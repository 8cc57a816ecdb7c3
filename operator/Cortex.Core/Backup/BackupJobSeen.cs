namespace Cortex.Core.Backup;

/// <summary>
/// A container that makes a backup of an instance. It continues while no operator runs. After its end it stays until its result was read.
/// </summary>
/// <param name="Uid">Of the CortexBackup that it is for.</param>
/// <param name="ExitCode">How it ended; null while it runs.</param>
/// <param name="Output">The end of what it printed; empty while it runs.</param>
public sealed record BackupJobSeen(string Uid, int? ExitCode, string Output)
{
    /// <summary>Why it cannot start, where the target says so; null otherwise.</summary>
    public string? StartProblem { get; init; }
}
