using System.Globalization;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>The WAL that a standby has received, and which files of it are complete.</summary>
/// <param name="Timeline">The timeline that it follows.</param>
/// <param name="End">Up to where it has WAL of this timeline.</param>
public sealed record ReceivedWal(Timeline Timeline, Lsn End)
{
    private const int TimelineDigits = 8;
    private const int NumberDigits = 8;
    private const int SegmentDigits = 24;

    /// <summary>
    /// Those files that the standby has completely. It marks a segment as archived also where it has a part only: when the timeline changed
    /// in the middle of the segment, and when its primary was stopped. The former primary may archive another end of such a segment. Then
    /// pgBackRest would refuse the second end each time that PostgreSQL tries it, and no later file would be archived.
    /// </summary>
    /// <param name="marked">The names of segments and of histories of timelines that the standby marks as archived.</param>
    public IReadOnlyList<string> CompleteOf(IReadOnlyList<string> marked) => [.. marked.Where(file => IsComplete(file, marked))];

    /// <summary>
    /// WAL is received in order, so that a segment is complete that a later one of its timeline follows: a standby that was restarted may
    /// have more WAL than its position says. An ancestor ends where the timeline left it.
    /// </summary>
    private bool IsComplete(string file, IReadOnlyList<string> marked)
    {
        if (file.Length != SegmentDigits)
        {
            return true;
        }

        var (timeline, end) = (Number(file[..TimelineDigits]), EndOf(file));
        var isFollowed = marked.Any(other => other.Length == SegmentDigits
            && other[..TimelineDigits] == file[..TimelineDigits] && string.CompareOrdinal(other, file) > 0);
        return (isFollowed || end <= End) && (timeline == Timeline.Id || !Timeline.HasDiverged(new WalPosition(timeline, end)));
    }

    private static Lsn EndOf(string segment)
    {
        var index = (Number(segment[TimelineDigits..][..NumberDigits]) * Archiving.SegmentsPerNumber) + Number(segment[^NumberDigits..]);
        return new Lsn((ulong)((index + 1) * Archiving.SegmentSize));
    }

    private static uint Number(string digits) => uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
