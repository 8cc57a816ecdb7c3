using System.Globalization;
using Cortex.Core.Api;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>What can be restored, for people. Pure.</summary>
internal static class BackupText
{
    /// <summary>Nothing for a cluster without a repository.</summary>
    public static IEnumerable<string> Of(BackupStatus? backup)
    {
        if (backup is null)
        {
            return [];
        }

        var archive = backup.Archive is { } state
            ? string.Create(CultureInfo.InvariantCulture, $", {state.BacklogSegments} WAL segments wait to be archived")
            : "";
        IEnumerable<string> recoverable = backup is { FirstRecoverable: { } first, LatestRecoverable: { } latest, LastBackup: { } last }
            ? ["", $"Recoverable: {Moment(first)} to {Moment(latest)}; last backup {Named(last)}{archive}"]
            : ["", $"[yellow]Recoverable: nothing, there is no backup yet[/]{archive}"];
        return recoverable.Concat(Gap(backup.Archive?.Gap)).Concat(Scheduled(backup.Schedule));
    }

    private static IEnumerable<string> Gap(ArchiveGapStatus? gap) => gap is null ? []
        : [$"[yellow]WAL was given up at {Moment(gap.At)}: what happened since cannot be restored until the next full backup[/]"];

    private static IEnumerable<string> Scheduled(ScheduleStatus? schedule) =>
        schedule is { Next: { } next, NextType: { } type } ? [$"Next scheduled backup: {Moment(next)} ({type.EscapeMarkup()})"] : [];

    private static string Named(LastBackupStatus last) => $"{last.Label.EscapeMarkup()} ({last.Type.EscapeMarkup()})";

    private static string Moment(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
