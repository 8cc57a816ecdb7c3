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
    /// Whether the standby has all of a file. It marks a segment as archived also where it has a part only: when the timeline changed in
    /// the middle of the segment, and when its primary was stopped. The former primary may archive another end of such a segment, and the
    /// archive would refuse the second one, and all that waits behind it, for ever.
    /// </summary>
    /// <param name="file">The name of a segment or of the history of a timeline.</param>
    public bool HasAllOf(string file) => file.Length != SegmentDigits
        || (Number(file[..TimelineDigits]) is var timeline && EndOf(file) is var end
            && (timeline == Timeline.Id ? end <= End : !Timeline.HasDiverged(new WalPosition(timeline, end))));

    private static Lsn EndOf(string segment)
    {
        var index = (Number(segment[TimelineDigits..][..NumberDigits]) * Archiving.SegmentsPerNumber) + Number(segment[^NumberDigits..]);
        return new Lsn((ulong)((index + 1) * Archiving.SegmentSize));
    }

    private static uint Number(string digits) => uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
