using System.Text.RegularExpressions;

namespace Cortex.Core.Postgres;

/// <summary>Why a server ended, from its log.</summary>
public static partial class FatalMessage
{
    /// <summary>
    /// The last FATAL or PANIC message of the server itself, in its latest run that ended. Messages to clients are left out, because they
    /// are about the clients. Null where there is no such message, or log_line_prefix was changed.
    /// </summary>
    public static string? LastIn(string log) => Line().Matches(SinceLastButOneEnd(log)) is [.., var last]
        ? $"{last.Groups["level"].Value}: {QuotedText.Shorten(last.Groups["words"].Value)}"
        : null;

    private static string SinceLastButOneEnd(string log) => ServerProcess.Ends(log) is [.., var before, _] ? log[before.Behind..] : log;

    // The time and the process; lines about a session contain more.
    [GeneratedRegex(@"^\S+ \S+ \S+ \[\d+\] +(?<level>FATAL|PANIC): +(?<words>.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
