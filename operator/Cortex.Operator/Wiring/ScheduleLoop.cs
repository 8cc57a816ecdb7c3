using Cortex.Core.Api;
using Cortex.Runtime;

namespace Cortex.Operator.Wiring;

/// <summary>
/// Runs the controller of schedules. Its keys are clusters, which it gets from the informer of their own control loop, so that clusters are
/// not watched twice.
/// </summary>
internal sealed class ScheduleLoop(Controller controller, Informer<CortexBackup> backups)
{
    public void Enqueue(ObjectKey cluster) => controller.Enqueue(cluster);

    /// <summary>Runs until stopped. It begins when the backups are known, so that none of them is made twice.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await backups.WaitForSyncAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await controller.RunAsync(CancellationToken.None, stop);
    }
}
