using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Postgres;

namespace Cortex.Core.Restoring;

/// <summary>What came of a restore: data, or why there are none.</summary>
/// <param name="SystemIdentifier">Of the data; null where it failed.</param>
/// <param name="Timeline">Of the data; 0 where it failed.</param>
/// <param name="Failure">Null where there are data.</param>
/// <param name="IsFinal">Another attempt would end in the same way.</param>
public sealed partial record RestoreEnd(string? SystemIdentifier, long Timeline, string? Failure, bool IsFinal)
{
    /// <summary>EX_DATAERR: what restore.sh ends with when the volume holds other data.</summary>
    private const int OtherData = 65;

    private static readonly string[] Unreachable =
    [
        "recovery ended before configured recovery target was reached",
        "requested recovery stop point is before consistent recovery point",
        "is not a child of this server's history",
    ];

    /// <param name="request">What was asked for, with the moments that the repository had when it began.</param>
    public static RestoreEnd Of(int exitCode, string output, RestoreStatus? request)
    {
        if (exitCode == 0 && Data().Match(output) is { Success: true } data)
        {
            var timeline = long.Parse(data.Groups["timeline"].ValueSpan, CultureInfo.InvariantCulture);
            return new(data.Groups["system"].Value, timeline, null, false);
        }

        if (exitCode == OtherData)
        {
            return new(null, 0, Lines(output), true);
        }

        if (VerificationEnd.DamagedSegment(output) is { } file)
        {
            var words = $"the WAL segment {file} of the repository is damaged, and nothing after it can be restored{LastFound(output)}. "
                + "To restore what was archived before, name a time before that";
            return new(null, 0, words, true);
        }

        return Unreachable.Any(words => output.Contains(words, StringComparison.Ordinal))
            ? new(null, 0, NotReached(output, request), true)
            : new(null, 0, ArchiveSeen.WordsOf(output) ?? FatalMessage.LastIn(output) ?? Lines(output), false);
    }

    private static string NotReached(string output, RestoreStatus? request)
    {
        var last = LastFound(output);
        var range = request is { FirstRecoverable: { } first, LatestRecoverable: { } latest }
            ? $"; {RestoreChoice.Words((first, latest))}"
            : "";
        var words = FatalError().Matches(output) is [.., var error] ? QuotedText.Shorten(error.Groups["words"].Value) : "";
        return $"{request?.Target ?? "the target"} was not reached: {words}{last}{range}. "
            + "To restore all that was archived, leave the target out";
    }

    private static string LastFound(string output) => LastCommit().Matches(output) is [.., var commit]
        ? $"; the last commit that was found is of {commit.Groups["time"].Value}"
        : "";

    private static string Lines(string output) => string.Join(
        " / ",
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(3).Select(QuotedText.Shorten));

    [GeneratedRegex(
        @"^restored: system (?<system>[0-9]{1,20}), timeline (?<timeline>[0-9]{1,10})$",
        RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Data();

    [GeneratedRegex(@"last completed transaction was at log time (?<time>[0-9:. +-]+[A-Z0-9+-]*)", RegexOptions.CultureInvariant)]
    private static partial Regex LastCommit();

    [GeneratedRegex("FATAL: +(?<words>.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex FatalError();
}
