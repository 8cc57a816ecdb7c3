using Cortex.Runtime;
using Microsoft.Extensions.Hosting;

namespace Cortex.Operator.KubeOps;

/// <summary>Writes the events that passes record.</summary>
internal sealed class EventWriting(EventRecorder events) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => events.RunAsync(stoppingToken);
}
