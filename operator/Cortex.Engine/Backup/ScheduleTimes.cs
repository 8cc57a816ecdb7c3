using Cortex.Core.Api;

namespace Cortex.Engine.Backup;

/// <summary>What the passes that follow a schedule have in common.</summary>
internal static class ScheduleTimes
{
    /// <summary>Timers do not run while a machine sleeps, and do not notice that its clock is set.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);

    /// <summary>A promotion and the first pass over a new cluster take seconds. A write would repeat a pass of theirs.</summary>
    public static bool IsBusy(CortexCluster? cluster) =>
        cluster is { Metadata.DeletionTimestamp: null, Spec.Backup: not null }
        && cluster.Status is not { Promotion: null, Backup.Folder: not null };

    /// <summary>A time that has passed waits for something whose end is a change.</summary>
    public static TimeSpan Delay(DateTimeOffset? next, DateTimeOffset now) =>
        next - now is { } left && left > TimeSpan.Zero && left < LongestDelay ? left : LongestDelay;

    /// <summary>Null where this machine does not know it. UTC needs no files.</summary>
    public static TimeZoneInfo? Zone(string name) =>
        name is ScheduleSpec.Utc or "Etc/UTC" ? TimeZoneInfo.Utc : TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
}
