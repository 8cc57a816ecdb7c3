namespace Cortex.Core.Planning;

/// <summary>
/// Work on the volume of an instance that may take hours, such as a base backup, in a container of its own. It continues between passes and
/// while no operator runs. A job that has ended stays until its result was read.
/// </summary>
/// <param name="ExitCode">How it ended; null while it runs.</param>
public sealed record JobSeen(string Instance, JobKind Kind, int? ExitCode = null)
{
    /// <summary>Of a join: the primary that it makes the instance a standby of. Null otherwise.</summary>
    public string? From { get; init; }

    /// <summary>
    /// Of a join: the primary's timeline when it was started. After a promotion the result of an earlier join is of no use. Null otherwise.
    /// </summary>
    public long? Timeline { get; init; }

    /// <summary>Of a restore: the request that it is for, see <c>RestoreRequest</c>. Null otherwise.</summary>
    public string? Restore { get; init; }

    /// <summary>The revision of the configuration that it writes into the volume.</summary>
    public string? Revision { get; init; }

    /// <summary>The image that it was made from.</summary>
    public string? Image { get; init; }

    /// <summary>Why it cannot start, in the target's words; null where it can.</summary>
    public string? StartProblem { get; init; }

    public bool Runs => ExitCode is null;

    public static JobSeen OfJoin(string instance, string from, long timeline, int? exitCode = null) =>
        new(instance, JobKind.Join, exitCode) { From = from, Timeline = timeline };

    public static JobSeen OfRestore(string instance, string request, int? exitCode = null) =>
        new(instance, JobKind.Restore, exitCode) { Restore = request };
}

/// <summary>What a job does to the volume of its instance.</summary>
public enum JobKind
{
    /// <summary>Makes its data those of a standby, by a base backup or a rewind.</summary>
    Join,

    /// <summary>Restores a backup into it, for the first primary of a cluster.</summary>
    Restore,
}
