using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Check;

/// <summary>Judges a history. Pure: the same history has the same verdict, whoever wrote it down.</summary>
public static class Checker
{
    public static Verdict Check(IReadOnlyList<Happening> history, EndState end, bool synchronous)
    {
        var rows = history.OfType<Acknowledged>().ToList();
        var unknown = history.OfType<Unanswered>().Select(row => new RowId(row.Actor, row.Number)).ToHashSet();
        var receipts = LastWord(history);
        var losses = new Losses(history, receipts, end, synchronous).Judge();
        var unexplained = losses.Where(loss => loss.Why is not null).ToList();
        return new Verdict
        {
            Violations =
            [
                .. history.OfType<Broken>().Select(one => $"{one.At:HH:mm:ss.fff} {one.Actor}: {one.What}"),
                .. history.OfType<NotWhole>().Select(one => $"{one.At:HH:mm:ss.fff} not whole {one.Seconds:0} s after {one.After}: {one.Why}"),
                .. SingleWriter.Violations(history),
                .. Receipts.Violations(history, receipts, end.Ancestry),
                .. unexplained.Select(loss => $"{loss.Row.At:HH:mm:ss.fff} {loss.Row.Actor} row {loss.Row.Number}, acknowledged by {loss.Row.Instance} "
                    + $"on timeline {loss.Row.Timeline} at {loss.Row.Lsn}, is missing: {loss.Why}"),
                .. Invented(rows, unknown, end),
            ],
            Faults = history.OfType<FaultBegun>().CountBy(one => one.Fault).ToDictionary(),
            Promotions = receipts.Values.CountBy(one => one.Kind.ToString()).ToDictionary(),
            Acknowledged = rows.Count,
            LostExplained = losses.Count(loss => loss is { Why: null, Receipt.LostBytes: not null }),
            LostUnmeasured = losses.Count(loss => loss is { Why: null, Receipt.LostBytes: null }),
            LostUnexplained = unexplained.Count,
            UnknownPresent = unknown.Count(end.Rows.Contains),
            UnknownAbsent = unknown.Count(row => !end.Rows.Contains(row)),
            LongestToWholeSeconds = history.OfType<Whole>().Select(one => one.Seconds).Concat(history.OfType<NotWhole>().Select(one => one.Seconds)).DefaultIfEmpty().Max(),
            LongestWriteGapSeconds = LongestGap(rows),
        };
    }

    /// <summary>Each promotion's receipt as it was last seen, by the timeline that it began.</summary>
    private static Dictionary<uint, PromotionReceipt> LastWord(IReadOnlyList<Happening> history) =>
        history.OfType<Promoted>().Where(one => one.Receipt.Timeline is not null).GroupBy(one => (uint)one.Receipt.Timeline!).ToDictionary(one => one.Key, one => one.Last().Receipt);

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
