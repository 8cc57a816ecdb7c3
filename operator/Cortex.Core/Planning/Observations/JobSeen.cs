namespace Cortex.Core.Planning;

/// <summary>
/// Work on the volume of an instance that may take hours, such as a base backup, in a container of its own. It continues between passes and
/// while no operator runs. A job that has ended stays until its result was read.
/// </summary>
/// <param name="From">The primary that the job makes the instance a standby of.</param>
/// <param name="Timeline">The primary's timeline when the job was started. After a promotion the result of an earlier job is of no
/// use.</param>
/// <param name="ExitCode">How it ended; null while it runs.</param>
public sealed record JobSeen(string Instance, string From, long Timeline, int? ExitCode = null)
{
    /// <summary>The revision of the configuration that it writes into the volume.</summary>
    public string? Revision { get; init; }

    /// <summary>The request that it restores a backup for, see <c>RestoreRequest</c>; null for another job.</summary>
    public string? Restore { get; init; }

    /// <summary>The image that it was made from.</summary>
    public string? Image { get; init; }

    /// <summary>Why it cannot start, in the target's words; null where it can.</summary>
    public string? StartProblem { get; init; }

    public bool Runs => ExitCode is null;
}
