using System.Globalization;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>Up to where WAL is known to be archived. Segments are archived in the order of their names.</summary>
/// <param name="From">The first segment that may not be archived; empty where no segment is known.</param>
public sealed record ArchiveBound(string From)
{
    public static readonly ArchiveBound Unknown = new("");

    private const int TimelineDigits = 8;
    private const int SegmentDigits = 24;

    private string Timeline => From.Length > 0 ? From[..TimelineDigits] : "";

    /// <param name="lastArchived">The last file that was archived: a segment, or a file that is named after a segment or a
    /// timeline.</param>
    public static ArchiveBound Of(string? lastArchived) =>
        lastArchived is { Length: >= SegmentDigits } name && name[..SegmentDigits].All(char.IsAsciiHexDigitUpper)
        ? new ArchiveBound(name[..SegmentDigits])
        : Unknown;

    /// <summary>
    /// SQL for the files that a standby has received and that may not be archived, without their suffix, the newest first.
    /// </summary>
    public string Query(int most) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        SELECT left(name, -5) FROM pg_ls_archive_statusdir()
        WHERE (name ~ '^[0-9A-F]{24}\.done$' AND left(name, {{SegmentDigits}}) >= {{SqlQuote.Literal(From)}} COLLATE "C")
           OR (name ~ '^[0-9A-F]{8}\.history\.done$' AND left(name, {{TimelineDigits}}) >= {{SqlQuote.Literal(Timeline)}} COLLATE "C")
        ORDER BY name COLLATE "C" DESC LIMIT {{most}}
        """);
}
