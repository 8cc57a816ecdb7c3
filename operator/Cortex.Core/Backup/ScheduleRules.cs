using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What is wrong with <c>spec.backup.schedule</c> and <c>spec.backup.verify</c>. The schema says the same where it can.</summary>
public static partial class ScheduleRules
{
    public const int LongestZone = 64;

    /// <summary>The field that names the time zone of backups, and of restore tests that name none.</summary>
    public const string ScheduleZone = $"{Schedule}.timeZone";

    /// <summary>The field that names the time zone of restore tests.</summary>
    public const string VerifyZone = $"{Verify}.timeZone";

    private const string Schedule = "spec.backup.schedule";
    private const string Verify = "spec.backup.verify";

    /// <summary>Texts with a limited length, and their limits.</summary>
    public static IEnumerable<(string Path, string? Text, int Longest)> Texts(ScheduleSpec? spec) => spec is null ? [] :
    [
        .. BackupSchedule.Types.Select(type => (Path(type), spec.Line(type), CronLine.Longest)),
        (ScheduleZone, spec.TimeZone, LongestZone),
    ];

    /// <summary>The same of spec.backup.verify.</summary>
    public static IEnumerable<(string Path, string? Text, int Longest)> Texts(VerifySpec? spec) => spec is null ? [] :
    [
        ($"{Verify}.schedule", spec.Schedule, CronLine.Longest),
        (VerifyZone, spec.TimeZone, LongestZone),
    ];

    /// <summary>Whether this machine knows the time zone is not a rule: it can change without a change of the resource.</summary>
    public static IEnumerable<FieldRefusal> Of(ScheduleSpec spec)
    {
        if (BackupSchedule.Types.All(type => spec.Line(type) is null))
        {
            yield return new(Schedule, "at least one of full, differential and incremental is needed");
        }

        foreach (var type in BackupSchedule.Types)
        {
            if (spec.Line(type) is { } text && CronLine.Read(text).Problem is { } problem)
            {
                yield return new(Path(type), $"\"{text}\" is not a schedule: {problem}");
            }
        }

        if (WhyNoZone(spec.TimeZone) is { } why)
        {
            yield return new(ScheduleZone, why);
        }
    }

    /// <summary>What is wrong with <c>spec.backup.verify</c>.</summary>
    public static IEnumerable<FieldRefusal> Of(VerifySpec spec)
    {
        if (spec.Schedule is not { } text)
        {
            yield return new($"{Verify}.schedule", "a line of cron is needed: it says when the newest backup is restored and checked");
        }
        else if (CronLine.Read(text).Problem is { } problem)
        {
            yield return new($"{Verify}.schedule", $"\"{text}\" is not a schedule: {problem}");
        }

        if (spec.TimeZone is { } zone && WhyNoZone(zone) is { } why)
        {
            yield return new(VerifyZone, why);
        }
    }

    /// <summary>What is said while this machine does not know a time zone.</summary>
    /// <param name="path">The field that names it.</param>
    public static string UnknownZone(string path, string zone) => $"{path}: \"{zone}\" is not a time zone of this machine; "
        + $"install the package tzdata, or name another one, such as {ScheduleSpec.Utc}";

    private static string? WhyNoZone(string zone) => zone.Length > LongestZone || !ZoneName().IsMatch(zone)
        ? $"\"{zone}\" must be the name of a time zone, such as Europe/Berlin"
        : null;

    private static string Path(BackupType type) => $"{Schedule}.{type.ToString().ToLowerInvariant()}";

    /// <summary>As in the tz database, where <c>Local</c> is the machine's own zone, which a resource should not depend on.</summary>
    [GeneratedRegex(@"^(?!Local\z)[A-Za-z][-+_A-Za-z0-9]*(/[A-Za-z0-9][-+_A-Za-z0-9]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneName();
}
