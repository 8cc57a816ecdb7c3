using Cortex.Chaos.Record;

namespace Cortex.Chaos.Check;

/// <summary>Judges a history. Pure: the same history has the same verdict, whoever wrote it down.</summary>
public static class Checker
{
    public static Verdict Check(IReadOnlyList<Happening> history, EndState end, bool synchronous)
    {
        var rows = history.OfType<Acknowledged>().ToList();
        var unknown = history.OfType<Unanswered>().Select(row => new RowId(row.Actor, row.Number)).ToHashSet();
        var losses = new Losses(history, end, synchronous).Judge();
        var unexplained = losses.Where(loss => loss.Why is not null).ToList();
        return new Verdict
        {
            Violations =
            [
                .. history.OfType<Broken>().Select(one => $"{one.At:HH:mm:ss.fff} {one.Actor}: {one.What}"),
                .. history.OfType<NotWhole>().Select(one => $"{one.At:HH:mm:ss.fff} not whole {one.Seconds:0} s after {one.After}: {one.Why}"),
                .. SingleWriter.Violations(history),
                .. Receipts(history, end.Ancestry),
                .. unexplained.Select(loss => $"{loss.Row.At:HH:mm:ss.fff} {loss.Row.Actor} row {loss.Row.Number}, acknowledged by {loss.Row.Instance} "
                    + $"on timeline {loss.Row.Timeline} at {loss.Row.Lsn}, is missing: {loss.Why}"),
                .. Invented(rows, unknown, end),
            ],
            Faults = history.OfType<FaultBegun>().CountBy(one => one.Fault).ToDictionary(),
            Promotions = history.OfType<Promoted>().CountBy(one => one.Kind.ToString()).ToDictionary(),
            Acknowledged = rows.Count,
            LostExplained = losses.Count - unexplained.Count,
            LostUnexplained = unexplained.Count,
            UnknownPresent = unknown.Count(end.Rows.Contains),
            UnknownAbsent = unknown.Count(row => !end.Rows.Contains(row)),
            LongestToWholeSeconds = history.OfType<Whole>().Select(one => one.Seconds).Concat(history.OfType<NotWhole>().Select(one => one.Seconds)).DefaultIfEmpty().Max(),
            LongestWriteGapSeconds = LongestGap(rows),
        };
    }

    /// <summary>Every timeline that took rows was begun by a promotion, and nothing was acknowledged by the old primary after its fence.</summary>
    private static IEnumerable<string> Receipts(IReadOnlyList<Happening> history, Ancestry ancestry)
    {
        var receipts = history.OfType<Promoted>().ToLookup(one => one.Timeline);
        var rows = history.OfType<Acknowledged>().ToLookup(one => one.Timeline);
        var first = rows.Select(one => one.Key).DefaultIfEmpty().Min();
        foreach (var timeline in rows.Select(one => one.Key).Where(one => one > first && !receipts.Contains(one)).Order())
        {
            yield return $"timeline {timeline} took rows of {rows[timeline].First().Instance}, and no receipt tells of its beginning";
        }

        foreach (var receipt in history.OfType<Promoted>().Where(one => one.FencedAt is not null))
        {
            var late = ancestry.Forks.Keys.Where(one => one < receipt.Timeline).DefaultIfEmpty().Max() is var left
                ? rows[left].Where(row => row.Instance == receipt.From && row.BegunAt > receipt.FencedAt).ToList()
                : [];
            if (late.Count > 0)
            {
                yield return $"the receipt of {receipt.From} -> {receipt.To} says fenced at {receipt.FencedAt:HH:mm:ss.fff}, "
                    + $"but {late.Count} rows begun after it were acknowledged by {receipt.From}, the last at {late[^1].At:HH:mm:ss.fff}";
            }
        }
    }

    /// <summary>Rows that nobody was told of: written twice, or by a statement that had been refused.</summary>
    private static IEnumerable<string> Invented(List<Acknowledged> rows, HashSet<RowId> unknown, EndState end)
    {
        var known = rows.Select(row => new RowId(row.Actor, row.Number)).ToHashSet();
        return end.Rows.Where(row => !known.Contains(row) && !unknown.Contains(row)).Select(row => $"{row.Writer} row {row.Number} is there, though it was refused");
    }

    private static double LongestGap(List<Acknowledged> rows)
    {
        var times = rows.Select(row => row.At).Order().ToList();
        return times.Zip(times.Skip(1), (one, next) => (next - one).TotalSeconds).DefaultIfEmpty().Max();
    }
}
