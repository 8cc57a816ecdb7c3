using System.Globalization;
using System.Text.RegularExpressions;

namespace Cortex.Core.Postgres;

/// <summary>Process 1 of an instance's container, which looks after PostgreSQL.</summary>
public static partial class ServerProcess
{
    /// <summary>How the container ends that was stopped between the death of its server and the next start.</summary>
    public const int WasDead = 69;

    /// <summary>A program for <c>sh -c</c>; it starts as <c>sh -c SCRIPT NAME ARGUMENTS</c>.</summary>
    public static string Script { get; } = EmbeddedScript.Read("serve");

    /// <summary>When the server was killed, from its log; null where it was not, or took connections again since.</summary>
    public static DateTimeOffset? KilledAt(string log) =>
        Killed().Matches(log) is [.., var last] && !log.AsSpan(last.Index).Contains("ready to accept", StringComparison.Ordinal)
        && DateTimeOffset.TryParse(last.Groups["at"].ValueSpan, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : null;

    [GeneratedRegex(@"^(?<at>\S+ \S+) UTC \[\d+\] LOG: +the server was killed by signal \d+\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Killed();
}
