using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Check;

/// <summary>Judges a history. Pure: the same history always has the same verdict.</summary>
public static class Checker
{
    public static Verdict Check(IReadOnlyList<HistoryEvent> history, EndState end, bool synchronous)
    {
        var rows = history.OfType<Acknowledged>().ToList();
        var unknown = history.OfType<Unanswered>().Select(row => new RowId(row.Actor, row.Number)).ToHashSet();
        var receipts = LatestReceipts(history);
        var losses = new LostRows(history, receipts, end, synchronous).Judge();
        var unexplained = losses.Where(loss => loss.Why is not null).ToList();
        return new Verdict
        {
            Violations =
            [
                .. history.OfType<BrokenPromise>().Select(broken => $"{broken.At:HH:mm:ss.fff} {broken.Actor}: {broken.What}"),
                .. history.OfType<NotRecovered>().Select(
                    late => $"{late.At:HH:mm:ss.fff} not recovered {late.Seconds:0} s after {late.After}: {late.Why}"),
                .. SingleWriter.Violations(history),
                .. Receipts.Violations(history, receipts, end.Ancestry),
                .. unexplained.Select(
                    loss => $"{loss.Row.At:HH:mm:ss.fff} {loss.Row.Actor} row {loss.Row.Number}, acknowledged by {loss.Row.Instance} "
                    + $"on timeline {loss.Row.Timeline} at {loss.Row.Lsn}, is missing: {loss.Why}"),
                .. UnexpectedRows(rows, unknown, end),
                .. Recoverability.Violations(history, end),
            ],
            Faults = history.OfType<FaultBegun>().CountBy(begun => begun.Fault).ToDictionary(),
            Promotions = receipts.Values.CountBy(value => value.Kind.ToString()).ToDictionary(),
            Acknowledged = rows.Count,
            LostExplained = losses.Count(loss => loss is { Why: null, Receipt.LostBytes: not null }),
            LostUnmeasured = losses.Count(loss => loss is { Why: null, Receipt.LostBytes: null }),
            LostUnexplained = unexplained.Count,
            UnknownPresent = unknown.Count(end.Rows.Contains),
            UnknownAbsent = unknown.Count(row => !end.Rows.Contains(row)),
            MomentsRestored = end.Moments.Count(moment => moment.Failure is null),
            LongestRecoverySeconds = history.OfType<Recovered>().Select(recovery => recovery.Seconds)
                .Concat(history.OfType<NotRecovered>().Select(recovery => recovery.Seconds)).DefaultIfEmpty().Max(),
            LongestWriteGapSeconds = LongestGap(rows),
        };
    }

    /// <summary>The latest version of each promotion's receipt, by the timeline that the promotion began.</summary>
    private static Dictionary<uint, PromotionReceipt> LatestReceipts(IReadOnlyList<HistoryEvent> history) =>
        history.OfType<Promoted>().Where(promoted => promoted.Receipt.Timeline is not null)
            .GroupBy(promoted => (uint)promoted.Receipt.Timeline!)
            .ToDictionary(versions => versions.Key, versions => versions.Last().Receipt);

    /// <summary>Rows that are present although they were refused or are duplicates.</summary>
    private static IEnumerable<string> UnexpectedRows(List<Acknowledged> rows, HashSet<RowId> unknown, EndState end)
    {
        var known = rows.Select(row => new RowId(row.Actor, row.Number)).ToHashSet();
        return end.Rows.Where(row => !known.Contains(row) && !unknown.Contains(row))
            .Select(row => $"{row.Writer} row {row.Number} is present, although it was refused");
    }

    private static double LongestGap(List<Acknowledged> rows)
    {
        var times = rows.Select(row => row.At).Order().ToList();
        return times.Zip(times.Skip(1), (earlier, later) => (later - earlier).TotalSeconds).DefaultIfEmpty().Max();
    }
}
