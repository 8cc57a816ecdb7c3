using Cortex.Core.Api;
using Cortex.Runtime;

namespace Cortex.Operator.Wiring;

/// <summary>
/// Runs the controllers of schedules and of restore tests. Their keys are clusters, which they get from the informer of the clusters' own
/// control loop, so that clusters are not watched twice.
/// </summary>
internal sealed class ScheduleLoop(Controller schedules, Controller verifications, Informer<CortexBackup> backups)
{
    public void Enqueue(ObjectKey cluster)
    {
        schedules.Enqueue(cluster);
        EnqueueVerification(cluster);
    }

    public void EnqueueVerification(ObjectKey cluster) => verifications.Enqueue(cluster);

    /// <summary>Runs until stopped. It begins when the backups are known, so that none of them is made twice.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await backups.WaitForSyncAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await schedules.RunAsync(CancellationToken.None, stop);
    }

    public Task RunVerificationsAsync(CancellationToken stop) => verifications.RunAsync(CancellationToken.None, stop);
}
