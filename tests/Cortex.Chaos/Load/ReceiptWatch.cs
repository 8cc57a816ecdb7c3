using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Load;

/// <summary>Writes down every receipt that the status shows, and again what has changed in one.</summary>
internal sealed class ReceiptWatch(Cluster cluster, History history)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<PromotionReceipt> seen = [];

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await LookAsync();
            await Task.Delay(Poll, CancellationToken.None);
        }

        await LookAsync();
    }

    private async Task LookAsync()
    {
        foreach (var receipt in (await cluster.Operator.ReadAsync(cluster.Name))?.Status?.PromotionHistory.Reverse().Where(seen.Add) ?? [])
        {
            history.Add(new Promoted(history.Now, "status", receipt));
        }
    }
}
