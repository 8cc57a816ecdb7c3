using System.Text.RegularExpressions;

namespace Cortex.Core.Postgres;

/// <summary>Why a server ended, from its log.</summary>
public static partial class LastWords
{
    /// <summary>
    /// The last FATAL or PANIC of the server itself, of its latest run that ended; what it said to clients is left out, since it is about them. Null where there is none, or where
    /// log_line_prefix was changed.
    /// </summary>
    public static string? Of(string log) => Line().Matches(SinceTheLastButOneEnd(log)) is [.., var last] ? $"{last.Groups["level"].Value}: {QuotedText.Shorten(last.Groups["words"].Value)}" : null;

    private static string SinceTheLastButOneEnd(string log) => ServerProcess.Ends(log) is [.., var before, _] ? log[before.Behind..] : log;

    // The time and the process; in lines about a session more follows.
    [GeneratedRegex(@"^\S+ \S+ \S+ \[\d+\] +(?<level>FATAL|PANIC): +(?<words>.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
