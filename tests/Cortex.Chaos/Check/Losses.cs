using Cortex.Chaos.Record;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Chaos.Check;

/// <summary>An acknowledged row that is missing.</summary>
/// <param name="Receipt">Of the promotion that left its timeline; null when there is none.</param>
/// <param name="Why">What makes it a violation; null when the receipt accounts for it.</param>
internal sealed record Loss(Acknowledged Row, PromotionReceipt? Receipt, string? Why);

/// <summary>Which acknowledged rows are missing, and which of them a failover's receipt accounts for.</summary>
internal sealed class Losses(IReadOnlyList<Happening> history, IReadOnlyDictionary<uint, PromotionReceipt> receipts, EndState end, bool synchronous)
{
    public List<Loss> Judge() =>
    [
        .. from writer in history.OfType<Acknowledged>().GroupBy(row => row.Actor)
           let rows = writer.OrderBy(row => row.Number).ToList()
           from at in Enumerable.Range(0, rows.Count)
           where !end.Rows.Contains(new RowId(rows[at].Actor, rows[at].Number))
           let receipt = receipts.GetValueOrDefault(end.Ancestry.Successor(rows[at].Timeline))
           select new Loss(rows[at], receipt, Why(rows[at], rows.ElementAtOrDefault(at + 1), receipt)),
    ];

    private string? Why(Acknowledged row, Acknowledged? next, PromotionReceipt? receipt)
    {
        if (row.Timeline == end.Ancestry.Final)
        {
            return "its timeline is in force to the end";
        }

        if (!end.Ancestry.Forks.TryGetValue(row.Timeline, out var fork))
        {
            return "its timeline is no ancestor of the last one";
        }

        return receipt is null ? "no receipt tells how its timeline was left"
            : receipt.Kind == PromotionKind.Switchover ? $"the switchover {receipt.From} -> {receipt.To} lost it"
            : synchronous ? $"the failover {receipt.From} -> {receipt.To} lost it under synchronous replication"
            : receipt.LostBytes is { } lost && row.Lsn.Bytes >= fork.Bytes + (ulong)lost
                ? $"the receipt of {receipt.From} -> {receipt.To} tells of {lost} bytes lost from {fork} on, and it lies beyond"
            : CommittedBy(row, next) is { } committed && committed <= fork ? $"it was committed by {committed}, before the fork at {fork}"
            : null;
    }

    /// <summary>Its commit record lies before the place that the same writer saw in its next row on the same server.</summary>
    private static Lsn? CommittedBy(Acknowledged row, Acknowledged? next) =>
        next is not null && (next.Timeline, next.Instance) == (row.Timeline, row.Instance) ? next.Lsn : null;
}
