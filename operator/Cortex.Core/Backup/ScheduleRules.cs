using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What is wrong with <c>spec.backup.schedule</c>. The schema says the same where it can.</summary>
public static partial class ScheduleRules
{
    public const int LongestZone = 64;

    private const string Schedule = "spec.backup.schedule";

    /// <summary>Texts with a limited length, and their limits.</summary>
    public static IEnumerable<(string Path, string? Text, int Longest)> Texts(ScheduleSpec? spec) => spec is null ? [] :
    [
        .. BackupSchedule.Types.Select(type => (Path(type), spec.Line(type), CronLine.Longest)),
        ($"{Schedule}.timeZone", spec.TimeZone, LongestZone),
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

        if (spec.TimeZone.Length > LongestZone || !ZoneName().IsMatch(spec.TimeZone))
        {
            yield return new($"{Schedule}.timeZone", $"\"{spec.TimeZone}\" must be the name of a time zone, such as Europe/Berlin");
        }
    }

    private static string Path(BackupType type) => $"{Schedule}.{type.ToString().ToLowerInvariant()}";

    /// <summary>As in the tz database, where <c>Local</c> is the machine's own zone, which a resource should not depend on.</summary>
    [GeneratedRegex(@"^(?!Local\z)[A-Za-z][-+_A-Za-z0-9]*(/[A-Za-z0-9][-+_A-Za-z0-9]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneName();
}
