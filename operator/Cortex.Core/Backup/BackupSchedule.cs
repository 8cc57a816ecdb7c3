using Cortex.Core.Api;

namespace Cortex.Core.Backup;

/// <summary>A scheduled time and the backup that should be made then.</summary>
public sealed record ScheduledBackup(BackupType Type, DateTimeOffset At);

/// <summary>The times of <c>spec.backup.schedule</c>.</summary>
public sealed class BackupSchedule
{
    /// <summary>From the one that copies everything to the one that copies least.</summary>
    public static readonly IReadOnlyList<BackupType> Types = Enum.GetValues<BackupType>();

    private readonly IReadOnlyDictionary<BackupType, CronLine> lines;
    private readonly TimeZoneInfo zone;

    private BackupSchedule(IReadOnlyDictionary<BackupType, CronLine> lines, TimeZoneInfo zone) => (this.lines, this.zone) = (lines, zone);

    /// <summary>Null where the spec is not valid.</summary>
    /// <param name="zone">That of <c>spec.timeZone</c>.</param>
    public static BackupSchedule? Of(ScheduleSpec spec, TimeZoneInfo zone)
    {
        Dictionary<BackupType, CronLine> lines = [];
        foreach (var type in Types)
        {
            if (spec.Line(type) is { } text)
            {
                if (CronLine.Read(text).Line is not { } line)
                {
                    return null;
                }

                lines[type] = line;
            }
        }

        return lines.Count == 0 ? null : new BackupSchedule(lines, zone);
    }

    /// <summary>The text that identifies a value of the spec.</summary>
    public static string Request(ScheduleSpec spec) => string.Join(
        ", ", [.. Types.Where(type => spec.Line(type) is not null).Select(type => $"{type} {spec.Line(type)}"), spec.TimeZone]);

    /// <summary>The first scheduled backup after a moment. Of several types at one time only the most complete is made.</summary>
    public ScheduledBackup? Next(DateTimeOffset after) => lines
        .Select(pair => (Type: pair.Key, At: pair.Value.Next(after, zone)))
        .Where(entry => entry.At is not null)
        .Select(entry => new ScheduledBackup(entry.Type, entry.At!.Value))
        .OrderBy(backup => backup.At).ThenBy(backup => backup.Type)
        .FirstOrDefault();

    /// <summary>The backup to be made now: the most complete type that is due, for its newest time. Null where none is due.</summary>
    /// <param name="handledUntil">For a type: the moment up to which its times are done.</param>
    public ScheduledBackup? Due(Func<BackupType, DateTimeOffset> handledUntil, DateTimeOffset now) => lines
        .Select(pair => (Type: pair.Key, At: pair.Value.Last(handledUntil(pair.Key), now, zone)))
        .Where(entry => entry.At is not null)
        .Select(entry => new ScheduledBackup(entry.Type, entry.At!.Value))
        .MinBy(backup => backup.Type);
}
