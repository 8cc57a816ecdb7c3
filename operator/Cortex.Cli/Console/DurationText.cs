using System.Globalization;

namespace Cortex.Cli.Console;

/// <summary>Formats durations for people.</summary>
internal static class DurationText
{
    /// <summary>In the largest suitable unit: <c>3 days</c>, <c>12 s</c>.</summary>
    public static string Rounded(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => Text((long)span.TotalDays, "days"),
        { TotalHours: >= 2 } => Text((long)span.TotalHours, "hours"),
        { TotalMinutes: >= 2 } => Text((long)span.TotalMinutes, "min"),
        _ => Text((long)Math.Max(span.TotalSeconds, 0), "s"),
    };

    /// <summary>In milliseconds below ten seconds, otherwise in seconds.</summary>
    public static string Exact(TimeSpan span) =>
        span.TotalSeconds < 10
            ? Text((long)span.TotalMilliseconds, "ms")
            : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s");

    private static string Text(long count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count} {unit}");
}
