using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>How far an instance's WAL reaches: the timeline, and the end of its WAL on it.</summary>
public readonly record struct WalPosition(uint Timeline, Lsn End);

/// <summary>A timeline and its ancestors, each with the position where it was left.</summary>
/// <remarks>https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES</remarks>
public sealed class Timeline
{
    private readonly IReadOnlyDictionary<uint, Lsn> ends;

    private Timeline(uint id, IReadOnlyDictionary<uint, Lsn> ends) => (Id, this.ends) = (id, ends);

    public uint Id { get; }

    /// <summary>Where it left the timeline before it; null for the first.</summary>
    public Lsn? Fork => ends.Count > 0 ? ends[ends.Keys.Max()] : null;

    /// <summary>The first timeline has no history file.</summary>
    public static Timeline First { get; } = new(1, new Dictionary<uint, Lsn>());

    /// <summary>The file with the history of this timeline, in pg_wal.</summary>
    public static string FileName(uint id) => string.Create(CultureInfo.InvariantCulture, $"{id:X8}.history");

    /// <summary>Reads the text of <see cref="FileName"/>: lines of parent timeline, position, reason.</summary>
    /// <exception cref="FormatException">A line has another form, or the timelines do not ascend to <paramref name="id"/>.</exception>
    public static Timeline Parse(uint id, string history)
    {
        var ends = new Dictionary<uint, Lsn>();
        uint last = 0;
        foreach (var line in history.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var fields = line.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 2 || !uint.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var parent)
                || !Lsn.TryParse(fields[1], out var end) || parent <= last || parent >= id)
            {
                throw new FormatException(
                    $"{FileName(id)}: the line \"{line}\" is not a parent timeline, in ascending order, with the position of its end");
            }

            ends[last = parent] = end;
        }

        return new Timeline(id, ends);
    }

    /// <summary>
    /// Whether an instance has WAL that is not part of this timeline's history. It must then be rewound or cloned before it can follow;
    /// otherwise it follows by itself.
    /// </summary>
    public bool HasDiverged(WalPosition have) => have.Timeline != Id && !(ends.TryGetValue(have.Timeline, out var end) && have.End <= end);
}
