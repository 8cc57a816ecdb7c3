using System.Globalization;

namespace Cortex.Cli.Console;

/// <summary>Lengths of time as people say them.</summary>
internal static class Spans
{
    /// <summary>One unit, the largest: <c>3 days</c>, <c>12 s</c>.</summary>
    public static string Rough(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => Text((long)span.TotalDays, "days"),
        { TotalHours: >= 2 } => Text((long)span.TotalHours, "hours"),
        { TotalMinutes: >= 2 } => Text((long)span.TotalMinutes, "min"),
        _ => Text((long)Math.Max(span.TotalSeconds, 0), "s"),
    };

    /// <summary>Milliseconds below ten seconds, seconds from there on.</summary>
    public static string Exact(TimeSpan span) =>
        span.TotalSeconds < 10 ? Text((long)span.TotalMilliseconds, "ms") : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s");

    private static string Text(long count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count} {unit}");
}
