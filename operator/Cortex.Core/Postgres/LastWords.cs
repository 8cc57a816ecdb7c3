using System.Text.RegularExpressions;

namespace Cortex.Core.Postgres;

/// <summary>Why a server ended, from its log.</summary>
public static partial class LastWords
{
    /// <summary>
    /// The last FATAL or PANIC of the server itself; what it said to clients is left out, since it is about them. Null where there is none, or where
    /// log_line_prefix was changed.
    /// </summary>
    public static string? Of(string log) => Line().Matches(log) is [.., var last] ? $"{last.Groups["level"].Value}: {QuotedText.Shorten(last.Groups["words"].Value)}" : null;

    // The time and the process; in lines about a session more follows.
    [GeneratedRegex(@"^\S+ \S+ \S+ \[\d+\] +(?<level>FATAL|PANIC): +(?<words>.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
