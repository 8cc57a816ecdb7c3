using Cortex.Core.Api;
using Cortex.Runtime;

namespace Cortex.Operator.Wiring;

/// <summary>
/// Runs the controllers of schedules and of restore tests. Their keys are clusters, which they get from the informer of the clusters' own
/// control loop, so that clusters are not watched twice.
/// </summary>
internal sealed class ScheduleLoop(
    Controller schedules,
    Controller verifications,
    Informer<CortexBackup> backups,
    Informer<CortexCluster> clusters,
    SharedLeadership leadership)
{
    private readonly ILeadership ofSchedules = leadership.Follow();
    private readonly ILeadership ofVerifications = leadership.Follow();

    public void Enqueue(ObjectKey cluster)
    {
        schedules.Enqueue(cluster);
        EnqueueVerification(cluster);
    }

    public void EnqueueVerification(ObjectKey cluster) => verifications.Enqueue(cluster);

    /// <summary>Runs until stopped. A term begins when the backups are known, so that none of them is made twice.</summary>
    public Task RunAsync(CancellationToken stop) => ofSchedules.RunAsync(
        async term =>
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(term.Token, term.Stopping);
            await backups.WaitForSyncAsync(ends.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await WorkAsync(schedules, term);
        },
        stop);

    public Task RunVerificationsAsync(CancellationToken stop) =>
        ofVerifications.RunAsync(term => WorkAsync(verifications, term), stop);

    /// <summary>With every cluster: another process may have led before, and may have stopped at any point.</summary>
    private Task WorkAsync(Controller controller, Term term)
    {
        foreach (var key in clusters.Cache.Keys)
        {
            controller.Enqueue(key);
        }

        return controller.RunAsync(term.Token, term.Stopping);
    }
}
