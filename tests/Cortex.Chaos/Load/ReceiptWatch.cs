using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Load;

/// <summary>Records every receipt in the status, and every change of a receipt.</summary>
internal sealed class ReceiptWatch(Cluster cluster, History history)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<PromotionReceipt> seen = [];

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await ReadAsync();
            await Task.Delay(PollInterval, CancellationToken.None);
        }

        await ReadAsync();
    }

    private async Task ReadAsync()
    {
        foreach (var receipt in (await cluster.Operator.ReadAsync(cluster.Name))?.Status?.PromotionHistory.Reverse().Where(seen.Add) ?? [])
        {
            history.Add(new Promoted(history.Now, "status", receipt));
        }
    }
}
