using System.Globalization;
using System.Text.RegularExpressions;
using Cronos;

namespace Cortex.Core.Backup;

/// <summary>
/// A line of cron with the five fields of a CronJob, and with its meaning: where both the day of the month and the day of the week are
/// limited, one of them is enough.
/// </summary>
/// <remarks>https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax</remarks>
public sealed class CronLine
{
    public const int Longest = 100;

    private const string Macros = "@(yearly|annually|monthly|weekly|daily|midnight|hourly)";

    private const string AllDays = "*";
    private const int DayOfMonth = 2;
    private const int DayOfWeek = 4;

    private static readonly Field[] Fields =
    [
        new("minute", "0 to 59", "[0-5]?[0-9]", "[*]"),
        new("hour", "0 to 23", "[01]?[0-9]|2[0-3]", "[*]"),
        new("day of the month", "1 to 31", "0?[1-9]|[12][0-9]|3[01]", "[*?]"),
        new("month", "1 to 12 or jan to dec", "0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", "[*]"),
        new("day of the week", "0 to 7 or sun to sat", "0?[0-7]|sun|mon|tue|wed|thu|fri|sat", "[*?]"),
    ];

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly Regex Macro = Whole(Macros);

    /// <summary>A line without a time after this one, in all years that are known, has none at all.</summary>
    private static readonly DateTimeOffset Beginning = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Cronos wants both days to match, so a line with two limited days is two expressions.</summary>
    private readonly IReadOnlyList<CronExpression> expressions;

    private CronLine(IReadOnlyList<CronExpression> expressions) => this.expressions = expressions;

    /// <summary>The form of a line as a regular expression: what the definition of CortexCluster checks.</summary>
    public static string Pattern { get; } = $"(?i)^({Macros}|{string.Join(" +", Fields.Select(field => field.Pattern))})$";

    /// <returns>The line, or why the text is not one.</returns>
    public static (CronLine? Line, string? Problem) Read(string text)
    {
        if (WhyNoLine(text) is { } why)
        {
            return (null, why);
        }

        try
        {
            var line = new CronLine([.. Expressions(text).Select(expression => CronExpression.Parse(expression))]);
            return line.Next(Beginning, TimeZoneInfo.Utc) is null ? (null, "this date never occurs") : (line, null);
        }
        catch (CronFormatException cause)
        {
            return (null, cause.Message);
        }
    }

    /// <summary>The first time after a moment.</summary>
    /// <remarks>
    /// A time that the beginning of summer time skips comes when the clock has been set. One that the end of summer time repeats comes
    /// once, unless the line says every minute or every hour.
    /// </remarks>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone) =>
        expressions.Min(expression => expression.GetNextOccurrence(after.UtcDateTime, zone)) is { } time ? new DateTimeOffset(time) : null;

    /// <summary>The last time after a moment and up to another one.</summary>
    /// <remarks>
    /// It is found by looking ahead, from further and further back: looking back, Cronos 0.13 takes a skipped time for a second earlier.
    /// </remarks>
    public DateTimeOffset? Last(DateTimeOffset after, DateTimeOffset until, TimeZoneInfo zone)
    {
        DateTimeOffset? last = null;
        for (var back = Minute; last is null; back *= 2)
        {
            var from = until - back > after ? until - back : after;
            for (var next = Next(from, zone); next <= until; next = Next(next.Value, zone))
            {
                last = next;
            }

            if (from == after)
            {
                break;
            }
        }

        return last;
    }

    private static string? WhyNoLine(string text)
    {
        if (text.Length > Longest)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it has more than {Longest} characters");
        }

        if (text.StartsWith('@'))
        {
            return Macro.IsMatch(text)
                ? null
                : "it must be @hourly, @daily, @weekly, @monthly or @yearly, or have five fields";
        }

        var words = Words(text);
        if (text != text.Trim() || words.Length != Fields.Length)
        {
            return "five fields are needed, with blanks between them: minute, hour, day of the month, month, day of the week";
        }

        return Fields.Zip(words).Where(entry => !entry.First.Accepts(entry.Second))
            .Select(entry =>
                $"the {entry.First.Name} \"{entry.Second}\" must be *, or {entry.First.Values}, or a range, a step or a list of these")
            .FirstOrDefault();
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Expressions(string text)
    {
        var words = Words(text);
        if (words.Length == 1 || !IsLimited(words[DayOfMonth]) || !IsLimited(words[DayOfWeek]))
        {
            return [text];
        }

        return new[] { DayOfMonth, DayOfWeek }.Select(every => string.Join(' ', words.Select((word, at) => at == every ? AllDays : word)));
    }

    /// <summary>As in Kubernetes, a step such as */2 is a limit.</summary>
    private static bool IsLimited(string days) => days is not (AllDays or "?" or "*/1" or "?/1");

    private static Regex Whole(string pattern) =>
        new($@"\A({pattern})\z", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <param name="Value">A regular expression for one value.</param>
    /// <param name="Every">A regular expression for the sign that stands for every value.</param>
    private sealed record Field(string Name, string Values, string Value, string Every)
    {
        private const string Step = "(/[1-9][0-9]?)?";

        private readonly Regex form = Whole(Form(Value, Every));

        public string Pattern => Form(Value, Every);

        public bool Accepts(string word) => form.IsMatch(word);

        private static string Form(string value, string every) => $"({every}{Step}|{Item(value)}(,{Item(value)})*)";

        private static string Item(string value) => $"({value})(-({value}))?{Step}";
    }
}
