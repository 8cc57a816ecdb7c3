using System.Globalization;
using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Check;

/// <summary>
/// Whether the receipts are correct: one for every timeline, with the position that PostgreSQL has, and no fence before the last row.
/// </summary>
internal static class Receipts
{
    public static IEnumerable<string> Violations(
        IReadOnlyList<HistoryEvent> history, IReadOnlyDictionary<uint, PromotionReceipt> receipts, Ancestry ancestry)
    {
        var rows = history.OfType<Acknowledged>().ToLookup(item => item.Timeline);
        var first = rows.Select(row => row.Key).DefaultIfEmpty().Min();
        foreach (var timeline in rows.Select(row => row.Key).Where(timeline => timeline > first && !receipts.ContainsKey(timeline)).Order())
        {
            yield return $"timeline {timeline} has rows of {rows[timeline].First().Instance}, and no receipt describes its beginning";
        }

        foreach (var (timeline, receipt) in receipts)
        {
            var (left, fork) = ancestry.Forks.Where(entry => entry.Key < timeline).MaxBy(entry => entry.Key);
            if (receipt.ForkLsn is { } reported && left > 0 && ancestry.Successor(left) == timeline && reported != fork.ToString())
            {
                yield return $"the receipt of {receipt.From} -> {receipt.To} says that timeline {left} ended at {reported}, not at {fork}";
            }

            if (rows[left].Where(row => row.Instance == receipt.From && row.BegunAt > receipt.FencedAt).ToList() is { Count: > 0 } late)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"the receipt of {receipt.From} -> {receipt.To} says fenced at {receipt.FencedAt:HH:mm:ss.fff}, ")
                    + string.Create(
                        CultureInfo.InvariantCulture,
                        $"but {late.Count} rows that began later were acknowledged by {receipt.From}, the last at "
                            + $"{late[^1].At:HH:mm:ss.fff}");
            }
        }
    }
}
