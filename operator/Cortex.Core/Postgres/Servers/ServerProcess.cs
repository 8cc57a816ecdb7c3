using System.Globalization;
using System.Text.RegularExpressions;

namespace Cortex.Core.Postgres;

/// <summary>Process 1 of an instance's container, which supervises PostgreSQL.</summary>
public static partial class ServerProcess
{
    /// <summary>The exit code of a container that was stopped between the death of its server and the next start.</summary>
    public const int WasDead = 69;

    /// <summary>
    /// Where it writes a message at its end, for Kubernetes to keep it
    /// (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/).
    /// </summary>
    public const string EndMessage = "/dev/termination-log";

    /// <summary>As much of the message as Kubernetes keeps.</summary>
    private const int LongestEndMessage = 4096;

    /// <summary>As much of pg_control as contains everything (PG_CONTROL_MAX_SAFE_SIZE).</summary>
    private const int ControlHead = 512;

    private const string ControlTitle = "pg_control:\n";

    /// <summary>A program for <c>sh -c</c>; it starts as <c>sh -c SCRIPT NAME ARGUMENTS</c>.</summary>
    public static string Script { get; } = EmbeddedScript.Read("serve");

    /// <summary>When the server was killed, from its log; null where it was not, or has accepted connections again since.</summary>
    public static DateTimeOffset? KilledAt(string log) =>
        Ends(log).LastOrDefault(end => end.IsBySignal) is { } last
        && !log.AsSpan(last.Behind).Contains("ready to accept", StringComparison.Ordinal)
            ? last.At
            : null;

    /// <summary>Every time in the log at which the server was killed or ended with an error of its own, the latest last.</summary>
    public static IReadOnlyList<ServerEnd> Ends(string log) =>
    [
        .. from Match end in End().Matches(log)
           let at = Time(end.Groups["at"].ValueSpan)
           where at is not null
           select new ServerEnd(at.Value, end.Groups["how"].Value, end.Index + end.Length),
    ];

    /// <summary>
    /// The control file in the message that it left; null where the message is anything else, or does not say that the server ended
    /// cleanly.
    /// </summary>
    public static byte[]? ControlIn(string? endMessage)
    {
        if (endMessage is not { Length: <= LongestEndMessage } || !endMessage.StartsWith(ControlTitle, StringComparison.Ordinal))
        {
            return null;
        }

        var content = new byte[ControlFile.Size];
        return Convert.TryFromBase64String(endMessage[ControlTitle.Length..], content, out var length) && length == ControlHead
            && ControlFile.Parse(content) is { State: ControlState.ShutDown or ControlState.ShutDownInRecovery }
                ? content
                : null;
    }

    private static DateTimeOffset? Time(ReadOnlySpan<char> text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    [GeneratedRegex(
        @"^(?<at>\S+ \S+) UTC \[\d+\] LOG: +the server (?<how>was killed by signal \d{1,3}|ended with exit code \d{1,3})\s*$",
        RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex End();
}
