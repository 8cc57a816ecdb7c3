namespace Cortex.Core.Tests.Worlds;

/// <summary>One timeline as it really is: its number, and where it left the one before. Two promotions of the same standby state make two lines of one number.</summary>
internal sealed class Line(long number, Line? parent, long forkedAt)
{
    public long Number => number;

    /// <summary>Whether <paramref name="lsn"/> on <paramref name="other"/> is a point of the past of <paramref name="here"/> on this line.</summary>
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

    private Line? Parent => parent;

    private long ForkedAt => forkedAt;
}

/// <summary>A whole data directory.</summary>
internal sealed record Data(string System, Line Line, long Lsn, bool Standby)
{
    /// <summary>A standby with this data can stream from a server with <paramref name="source"/>.</summary>
    public bool CanFollow(Data source) => System == source.System && source.Line.Contains(source.Lsn, Line, Lsn);

    public Data Promoted() => this with { Line = new Line(Line.Number + 1, Line, Lsn), Standby = false };
}
