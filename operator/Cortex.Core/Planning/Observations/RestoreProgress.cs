using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>How far a restore has come, from the end of what its container wrote.</summary>
/// <param name="Phase">One of <see cref="RestorePhases"/>.</param>
/// <param name="Says">For people: <c>1.2 of 3.4 GB copied</c>.</param>
public sealed partial record RestoreProgress(string Phase, string Says)
{
    /// <param name="output">The end of it.</param>
    /// <param name="size">Bytes of the database; null where that is not known.</param>
    public static RestoreProgress Of(string output, long? size) => Find(output, size) ?? BackupIsRead;

    /// <summary>The same of a job that makes a standby; null where it neither restores nor replays an archive now.</summary>
    public static RestoreProgress? OfJoin(string output) =>
        Began().Matches(output) is not [.., var last] || output.Contains("the primary is copied", StringComparison.Ordinal) ? null
        : Find(output[last.Index..], size: null) ?? BackupIsRead;

    private static readonly RestoreProgress BackupIsRead = new(RestorePhases.Copying, "the backup is read");

    private static RestoreProgress? Find(string output, long? size) =>
        Replayed().Matches(output) is [.., var segment]
            ? new(RestorePhases.Recovering, $"WAL is replayed, up to {segment.Groups["name"].Value}")
        : Replaying().IsMatch(output) ? new(RestorePhases.Recovering, "WAL is replayed")
        : Copied().Matches(output) is [.., var file] && Percent(file.Groups["percent"].ValueSpan) is { } percent
            ? new(RestorePhases.Copying, Words(Math.Min(percent, 100), size))
        : null;

    private static decimal? Percent(ReadOnlySpan<char> text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) ? percent : null;

    private static string Words(decimal percent, long? size) => size is { } all and > 0
        ? new CopySeen("streaming", (long)(all * percent / 100), all).Says
        : string.Create(CultureInfo.InvariantCulture, $"{percent:0} % copied");

    /// <summary>PostgreSQL's word for each segment that recovery asked the archive for.</summary>
    [GeneratedRegex("""restored log file "(?<name>[0-9A-F]{24})" from archive""", RegexOptions.CultureInvariant)]
    private static partial Regex Replayed();

    /// <summary>A restore of a backup ends with a replay. After a replay that failed, a restore may follow.</summary>
    [GeneratedRegex("restoring backup|replaying the archive|restored log file|restore (zeroed )?file", RegexOptions.CultureInvariant)]
    private static partial Regex Began();

    [GeneratedRegex("starting PostgreSQL|replaying the archive|restore command end", RegexOptions.CultureInvariant)]
    private static partial Regex Replaying();

    /// <summary>pgBackRest's line for each file.</summary>
    [GeneratedRegex(@"restore (zeroed )?file .*\([^()]*\b(?<percent>[0-9]{1,3}\.[0-9]{1,2})%\)", RegexOptions.CultureInvariant)]
    private static partial Regex Copied();
}
