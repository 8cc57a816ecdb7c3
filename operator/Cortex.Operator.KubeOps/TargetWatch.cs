using Cortex.Engine;
using Cortex.Engine.Targets;
using Cortex.Core.Api;
using KubeOps.Abstractions.Reconciliation;
using KubeOps.Abstractions.Reconciliation.Queue;
using Microsoft.Extensions.Hosting;

namespace Cortex.Operator.KubeOps;

/// <summary>Queues a pass when an instance dies. A replica that is not the leader drops what is put into its queue.</summary>
internal sealed class TargetWatch(ITargetEvents events, IClusterRecords records, EntityQueue<CortexCluster> queue) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var key in events.WatchAsync(stoppingToken))
        {
            if (await records.ReadAsync(key, stoppingToken) is { } cluster)
            {
                await queue(cluster, ReconciliationType.Modified, ReconciliationTriggerSource.Operator, TimeSpan.Zero, 0, stoppingToken);
            }
        }
    }
}
