using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Worlds;

/// <summary>
/// One timeline as it really is: its number, and where it left the one before. Two promotions of the same state of a standby make two lines
/// with one number.
/// </summary>
internal sealed class Line(long number, Line? parent, long forkedAt)
{
    public long Number => number;

    /// <summary>
    /// Whether <paramref name="lsn"/> on <paramref name="other"/> is a point of the past of <paramref name="here"/> on this line.
    /// </summary>
    public bool Contains(long here, Line other, long lsn)
    {
        var (line, limit) = (this, here);
        while (line != other)
        {
            if (line.Parent is not { } before)
            {
                return false;
            }

            (limit, line) = (Math.Min(limit, line.ForkedAt), before);
        }

        return lsn <= limit;
    }

    public long ForkedAt => forkedAt;

    private Line? Parent => parent;

    /// <summary>As the history file of this timeline tells it.</summary>
    public Timeline History()
    {
        List<string> lines = [];
        for (var line = this; line.Parent is { } before; line = before)
        {
            lines.Insert(0, $"{before.Number}\t{Wal.At(line.ForkedAt)}\tno reason");
        }

        return lines.Count == 0 ? Timeline.First : Timeline.Parse((uint)Number, string.Join('\n', lines));
    }
}

/// <summary>A complete data directory.</summary>
internal sealed record Data(string System, Line Line, long Lsn, bool Standby)
{
    /// <summary>A standby with this data can stream from a server with <paramref name="source"/>.</summary>
    public bool CanFollow(Data source) => System == source.System && source.Line.Contains(source.Lsn, Line, Lsn);

    public Data Promoted() => this with { Line = new Line(Line.Number + 1, Line, Lsn), Standby = false };
}
