using System.Globalization;
using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>What is reported about scheduled backups. It was recorded beside the passes: no pass makes a backup.</summary>
internal static class ScheduleReport
{
    /// <summary>The condition; null for a cluster without a schedule.</summary>
    public static (string Status, string Reason, string Message)? Condition(Situation now) => now switch
    {
        { Spec.Backup: null or { Schedule: null } } => null,
        { Status.Backup.Schedule: { Reason: { } reason } schedule } => ("False", reason, schedule.Message ?? ""),
        { Status.Backup.Schedule: { Next: { } next, NextType: { } type } } => ("True", Reasons.Scheduled, Sentence(type, next)),
        _ => ("Unknown", Reasons.NotObserved, "the next scheduled time is not known yet"),
    };

    private static string Sentence(string type, DateTimeOffset next) =>
        string.Create(CultureInfo.InvariantCulture, $"the next backup is {type}, at {next.UtcDateTime:yyyy-MM-dd HH:mm'Z'}");
}
