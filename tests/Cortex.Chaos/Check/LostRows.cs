using Cortex.Chaos.Record;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Chaos.Check;

/// <summary>An acknowledged row that is missing.</summary>
/// <param name="Receipt">The receipt of the promotion that ended its timeline; null if the promotion has no receipt.</param>
/// <param name="Why">Why the loss is a violation; null if the receipt accounts for it.</param>
internal sealed record Loss(Acknowledged Row, PromotionReceipt? Receipt, string? Why);

/// <summary>Which acknowledged rows are missing, and which of them a failover's receipt accounts for.</summary>
internal sealed class LostRows(
    IReadOnlyList<HistoryEvent> history, IReadOnlyDictionary<uint, PromotionReceipt> receipts, EndState end, bool synchronous)
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
            return "its timeline is the final timeline";
        }

        if (!end.Ancestry.Forks.TryGetValue(row.Timeline, out var fork))
        {
            return "its timeline is not an ancestor of the final timeline";
        }

        return receipt is null ? "no receipt describes the end of its timeline"
            : receipt.Kind == PromotionKind.Switchover ? $"the switchover {receipt.From} -> {receipt.To} lost it"
            : synchronous ? $"the failover {receipt.From} -> {receipt.To} lost it under synchronous replication"
            : receipt.LostBytes is { } lost && row.Lsn.Bytes >= fork.Bytes + (ulong)lost
                ? $"the receipt of {receipt.From} -> {receipt.To} reports {lost} lost bytes from {fork} on, and the row is beyond"
            : CommittedBy(row, next) is { } committed && committed <= fork ? $"it was committed by {committed}, before the fork at {fork}"
            : null;
    }

    /// <summary>The row's commit record is before the position that the same writer saw with its next row on the same server.</summary>
    private static Lsn? CommittedBy(Acknowledged row, Acknowledged? next) =>
        next is not null && (next.Timeline, next.Instance) == (row.Timeline, row.Instance) ? next.Lsn : null;
}
