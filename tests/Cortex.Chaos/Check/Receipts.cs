using System.Globalization;
using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Check;

/// <summary>Whether the receipts tell what happened: one for every timeline, with the place that PostgreSQL has too, and no fence before the last row.</summary>
internal static class Receipts
{
    public static IEnumerable<string> Violations(IReadOnlyList<Happening> history, IReadOnlyDictionary<uint, PromotionReceipt> receipts, Ancestry ancestry)
    {
        var rows = history.OfType<Acknowledged>().ToLookup(one => one.Timeline);
        var first = rows.Select(one => one.Key).DefaultIfEmpty().Min();
        foreach (var timeline in rows.Select(one => one.Key).Where(one => one > first && !receipts.ContainsKey(one)).Order())
        {
            yield return $"timeline {timeline} took rows of {rows[timeline].First().Instance}, and no receipt tells of its beginning";
        }

        foreach (var (timeline, receipt) in receipts)
        {
            var (left, fork) = ancestry.Forks.Where(one => one.Key < timeline).MaxBy(one => one.Key);
            if (receipt.ForkLsn is { } told && left > 0 && ancestry.Successor(left) == timeline && told != fork.ToString())
            {
                yield return $"the receipt of {receipt.From} -> {receipt.To} says that timeline {left} was left at {told}; it was left at {fork}";
            }

            if (rows[left].Where(row => row.Instance == receipt.From && row.BegunAt > receipt.FencedAt).ToList() is { Count: > 0 } late)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"the receipt of {receipt.From} -> {receipt.To} says fenced at {receipt.FencedAt:HH:mm:ss.fff}, ")
                    + string.Create(CultureInfo.InvariantCulture, $"but {late.Count} rows begun after that were acknowledged by {receipt.From}, the last at {late[^1].At:HH:mm:ss.fff}");
            }
        }
    }
}
