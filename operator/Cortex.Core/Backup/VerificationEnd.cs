using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>How a restore test ended, from what its container printed.</summary>
public static partial class VerificationEnd
{
    /// <summary>EX_TEMPFAIL: what verify.sh ends with when there is no room.</summary>
    private const int NoRoom = 75;

    /// <summary>From this one on, a signal ended it: an administrator, the kernel without memory, a shutdown of the machine.</summary>
    private const int FirstSignal = 129;

    /// <summary>The characters of a segment's name that say the timeline.</summary>
    private const int TimelineDigits = 8;

    public static VerificationReceipt Of(VerificationOrder order, int exitCode, string output)
    {
        var found = Line().Matches(output).ToLookup(match => match.Groups["name"].Value, match => match.Groups["value"].Value.Trim());
        var (verdict, message) = exitCode switch
        {
            0 when WhyUnsound(order, found, output) is { } why => (VerificationVerdicts.Failed, why),
            0 when found.Contains("amcheck") => (VerificationVerdicts.Succeeded, "the image has no amcheck: indexes were not checked"),
            0 => (VerificationVerdicts.Succeeded, null),
            NoRoom => (VerificationVerdicts.Skipped, Room(order, found)),
            >= FirstSignal => (
                VerificationVerdicts.Skipped,
                string.Create(CultureInfo.InvariantCulture, $"its container was ended before the test was complete, exit code {exitCode}")),
            _ => (VerificationVerdicts.Failed, Words(found, output, exitCode)),
        };
        return Recovered(
            new VerificationReceipt
            {
                Verdict = verdict,
                Backup = order.Backup,
                StartedAt = order.StartedAt,
                DurationSeconds = Number(found, "took") ?? 0,
                Message = message is null ? null : QuotedText.Shorten(message),
            },
            order,
            found);
    }

    /// <summary>The receipt of a test that was given up.</summary>
    public static VerificationReceipt GivenUp(VerificationOrder order, DateTimeOffset now, string why) => new()
    {
        Verdict = VerificationVerdicts.Skipped,
        Backup = order.Backup,
        StartedAt = order.StartedAt,
        DurationSeconds = (long)(now - order.StartedAt).TotalSeconds,
        Message = why,
    };

    private static VerificationReceipt Recovered(VerificationReceipt receipt, VerificationOrder order, ILookup<string, string> found)
    {
        if (found["recovered"].LastOrDefault() is not { } lsn)
        {
            return receipt;
        }

        var until = Number(found, "commit") is { } commit ? DateTimeOffset.FromUnixTimeSeconds(commit) : order.StoppedAt;
        var missing = order.NextTransaction is { } next && Number(found, "next") is { } recovered ? Math.Max(next - recovered, 0)
            : (long?)null;
        return receipt with
        {
            RecoveredLsn = lsn,
            RecoveredUntil = until,
            MissingTransactions = missing,
            MissingSeconds = missing switch
            {
                null => null,
                0 => 0,
                _ => Math.Max((long)(order.StartedAt - until).TotalSeconds, 0),
            },
            CheckedIndexes = found.Contains("amcheck") ? null : Indexes(found).Sum(entry => entry.Sound),
        };
    }

    /// <summary>Why a server that started does not have what the repository should give; null where it has.</summary>
    private static string? WhyUnsound(VerificationOrder order, ILookup<string, string> found, string output)
    {
        if (found["recovered"].LastOrDefault() is not { } lsn || found["segment"].LastOrDefault() is not { } segment)
        {
            return "the restored server did not say how far it was recovered";
        }

        if (order.NewestWal is { } newest && Number(found, "timeline") is { } timeline && EndsBefore(newest, segment, timeline))
        {
            return $"recovery ended at {lsn}, in the WAL segment …{segment[TimelineDigits..]}, "
                + $"although the repository has {newest}: a segment between them is missing";
        }

        var unsound = Indexes(found).Sum(entry => entry.All - entry.Sound);
        return unsound > 0
            ? string.Create(CultureInfo.InvariantCulture, $"damaged indexes: {unsound}, the first: {IndexError(output)}")
            : !found.Contains("complete") && !found.Contains("amcheck") ? "the indexes were not checked completely"
            : null;
    }

    /// <summary>A newer timeline may leave the one of the segment before its end.</summary>
    private static bool EndsBefore(string newest, string segment, long timeline) =>
        WalName.Timeline(newest) == timeline && string.CompareOrdinal(segment[TimelineDigits..], newest[TimelineDigits..]) < 0;

    private static IEnumerable<(long Sound, long All)> Indexes(ILookup<string, string> found) =>
        from line in found["indexes"]
        let words = line.Split(" of ")
        where words.Length == 2
        select (long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));

    private static string Room(VerificationOrder order, ILookup<string, string> found) => string.Create(
        CultureInfo.InvariantCulture,
        $"not enough room on the disk: the test needs {order.Needs} bytes and leaves {VerificationOrder.Spare} free, "
            + $"and {found["free"].LastOrDefault() ?? "fewer"} are free");

    /// <summary>The words of the tool that failed: of this script, pgBackRest, the server, or a session.</summary>
    private static string Words(ILookup<string, string> found, string output, int exitCode) =>
        DamagedSegment(output) is { } file ? $"the WAL segment {file} of the repository is damaged"
        : ArchiveSeen.WordsOf(output) ?? FatalMessage.LastIn(output) ?? IndexError(output)
            ?? string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {exitCode}: {LastLine(output)}");

    /// <summary>The file of the repository that archived-file.sh names; null for an output without one.</summary>
    internal static string? DamagedSegment(string output) =>
        Damaged().Match(output) is { Success: true } found ? found.Groups["file"].Value : null;

    private static string? IndexError(string output) => SessionError().Match(output) is { Success: true } error
        ? error.Groups["words"].Value.Trim()
        : null;

    private static string LastLine(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault(line => !Line().IsMatch(line)) ?? "no output";

    private static long? Number(ILookup<string, string> found, string name) =>
        long.TryParse(found[name].LastOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex("^verify: (?<name>[a-z]+)(?<value> .*)?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();

    [GeneratedRegex("^damaged segment: (?<file>.{1,300})$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Damaged();

    [GeneratedRegex("^(psql:.*: )?ERROR: +(?<words>.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex SessionError();
}
