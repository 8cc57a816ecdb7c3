using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>How the work of <c>join.sh</c> ended: its exit code.</summary>
internal enum JobEnd
{
    Done = 0,
    Failed = 1,
    DataKept = 65,
}

/// <summary>A job that makes an instance a standby.</summary>
/// <param name="System">The database system that the instance should have.</param>
/// <param name="Timeline">The primary's, as it was when the job was started.</param>
internal sealed record JoinJob(string From, ExistingData Existing, string? System, long? Timeline)
{
    /// <summary>Null while it runs.</summary>
    public JobEnd? End { get; init; }

    /// <summary>Where the WAL of a former primary ended; null when it was none.</summary>
    public long? OldEnd { get; init; }

    /// <summary>What a plan can tell, and what the job does with it.</summary>
    public string Key => $"{From} {Existing} {Timeline} {End}";
}

/// <summary>A job that restores a backup.</summary>
internal sealed record RestoreJob(string Mark)
{
    /// <summary>Null while it runs.</summary>
    public JobEnd? End { get; init; }
}
