using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>What can be restored, for people. Pure.</summary>
internal static class BackupText
{
    /// <summary>Nothing for a cluster without a repository.</summary>
    public static IEnumerable<string> Of(BackupStatus? backup, DateTimeOffset now)
    {
        if (backup is null)
        {
            return [];
        }

        var archive = backup.Archive is { } state
            ? string.Create(CultureInfo.InvariantCulture, $", {state.BacklogSegments} WAL segments wait to be archived")
            : "";
        IEnumerable<string> recoverable = backup is { FirstRecoverable: { } first, LatestRecoverable: { } latest, LastBackup: { } last }
            ? ["", $"Recoverable: {Moment(first)} to {Moment(latest)}; last backup {Named(last)}{Stored(backup)}{archive}"]
            : ["", $"[yellow]Recoverable: nothing, there is no backup yet[/]{archive}"];
        return [.. recoverable, .. Gap(backup.Archive?.Gap), .. Scheduled(backup.Schedule), .. Tested(backup, now), .. Earlier(backup)];
    }

    private static IEnumerable<string> Earlier(BackupStatus backup) =>
        backup.EarlierFolders.Select(
            folder => $"Backups of an earlier cluster of this name: cortex restore NAME --to NEW --folder {folder.EscapeMarkup()}");

    private static string Stored(BackupStatus backup) =>
        backup.StoredBytes is { } bytes ? $", all backups take {ByteText.Of(bytes)}" : "";

    private static IEnumerable<string> Gap(ArchiveGapStatus? gap) => gap is null ? []
        : [$"[yellow]WAL was given up at {Moment(gap.At)}: what happened since cannot be restored until the next full backup[/]"];

    private static IEnumerable<string> Scheduled(ScheduleStatus? schedule) =>
        schedule is { Next: { } next, NextType: { } type } ? [$"Next scheduled backup: {Moment(next)} ({type.EscapeMarkup()})"] : [];

    private static IEnumerable<string> Tested(BackupStatus backup, DateTimeOffset now)
    {
        if (backup.Verification is { StartedAt: { } began, Backup: { } label })
        {
            yield return $"[yellow]Restore test in progress[/] for {DurationText.Rounded(now - began)}: {label.EscapeMarkup()}";
        }

        if (backup.Verification is { Waiting: { } why })
        {
            yield return $"[yellow]A restore test waits[/]: {why.EscapeMarkup()}";
        }

        if (backup.LastVerification is { } last)
        {
            var ago = $"{DurationText.Rounded(now - last.StartedAt)} ago";
            var name = last.Backup.EscapeMarkup();
            yield return last.Verdict switch
            {
                VerificationVerdicts.Succeeded =>
                    $"Restore test: {name} was restored and started {ago}, took {Seconds(last)}{Details(last).EscapeMarkup()}",
                VerificationVerdicts.Failed => $"[red]Restore test: {name} failed {ago}[/]: {(last.Message ?? "").EscapeMarkup()}",
                _ => $"[yellow]Restore test: {name} was not tested {ago}[/]: {(last.Message ?? "").EscapeMarkup()}",
            };
        }

        if (backup.Verification is { Next: { } next })
        {
            yield return $"Next restore test: {Moment(next)}";
        }
    }

    /// <summary>A successful test in one sentence.</summary>
    public static string Verified(VerificationReceipt receipt) =>
        $"{receipt.Backup} was restored, started and checked, which took {Seconds(receipt)}{Details(receipt)}";

    private static string Details(VerificationReceipt receipt)
    {
        var missing = VerificationReport.Missing(receipt) is { } words ? $"; {words}" : "";
        var indexes = receipt.CheckedIndexes is { } count
            ? string.Create(CultureInfo.InvariantCulture, $"; {count} indexes are sound") : "";
        return missing + indexes + (receipt.Message is { } note ? $"; {note}" : "");
    }

    private static string Seconds(VerificationReceipt receipt) =>
        string.Create(CultureInfo.InvariantCulture, $"{receipt.DurationSeconds} s");

    private static string Named(LastBackupStatus last) => $"{last.Label.EscapeMarkup()} ({last.Type.EscapeMarkup()})";

    private static string Moment(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
