using System.Globalization;
using System.Text.RegularExpressions;

namespace Cortex.Core.Postgres;

/// <summary>Process 1 of an instance's container, which looks after PostgreSQL.</summary>
public static partial class ServerProcess
{
    /// <summary>How the container ends that was stopped between the death of its server and the next start.</summary>
    public const int WasDead = 69;

    /// <summary>Where it leaves a word at its end, for Kubernetes to keep it (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/).</summary>
    public const string EndMessage = "/dev/termination-log";

    /// <summary>So much of that Kubernetes keeps.</summary>
    private const int LongestEndMessage = 4096;

    /// <summary>So much of pg_control says all (PG_CONTROL_MAX_SAFE_SIZE).</summary>
    private const int ControlHead = 512;

    private const string ControlTitle = "pg_control:\n";

    /// <summary>A program for <c>sh -c</c>; it starts as <c>sh -c SCRIPT NAME ARGUMENTS</c>.</summary>
    public static string Script { get; } = EmbeddedScript.Read("serve");

    /// <summary>When the server was killed, from its log; null where it was not, or took connections again since.</summary>
    public static DateTimeOffset? KilledAt(string log) =>
        Ends(log).LastOrDefault(end => end.IsBySignal) is { } last && !log.AsSpan(last.Behind).Contains("ready to accept", StringComparison.Ordinal) ? last.At : null;

    /// <summary>When the server was killed, or ended with an error of its own, from its log: every time that the log still has, the latest last.</summary>
    public static IReadOnlyList<ServerEnd> Ends(string log) =>
    [
        .. from Match end in End().Matches(log)
           let at = DateTimeOffset.TryParse(end.Groups["at"].ValueSpan, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : (DateTimeOffset?)null
           where at is not null
           select new ServerEnd(at.Value, end.Groups["how"].Value, end.Index + end.Length),
    ];

    /// <summary>The control file that is in the word which it left; null where that is anything else, or does not say that the server ended cleanly.</summary>
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

    [GeneratedRegex(@"^(?<at>\S+ \S+) UTC \[\d+\] LOG: +the server (?<how>was killed by signal \d{1,3}|ended with exit code \d{1,3})\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex End();
}
