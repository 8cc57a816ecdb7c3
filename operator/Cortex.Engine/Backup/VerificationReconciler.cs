using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Backup;

/// <summary>
/// One pass over the restore tests of one cluster. It runs beside the passes over the cluster, and does not wait for a test to end.
/// </summary>
public sealed class VerificationReconciler(
    IClusterRecords clusters, IVerificationJobs jobs, IVerificationSource source, TimeProvider clock)
{
    private static readonly TimeSpan JobCheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Null where there is nothing to do until the resource changes.</summary>
    public async Task<NextLook?> ReconcileAsync(ClusterKey key, CancellationToken ct)
    {
        var cluster = await clusters.ReadAsync(key, ct);
        if (IsAsked(cluster) && ScheduleTimes.IsBusy(cluster))
        {
            return new NextLook(RetryDelay, "the status is being written by a pass");
        }

        var now = clock.GetUtcNow();
        var job = await jobs.SeeVerificationAsync(key, ct);
        var zone = cluster?.Spec.Backup is { } backup ? ScheduleTimes.Zone(VerificationDecision.ZoneOf(backup)) : null;
        var decision = VerificationDecision.Of(cluster, job, source.LastRead(key), zone, now);
        switch (decision.Action)
        {
            case VerificationAction.Start start:
                return await StartAsync(cluster!, decision.Status!, start, now, ct);
            case VerificationAction.Conclude { Receipt: var receipt }:
                await ConcludeAsync(cluster!, decision.Status!, receipt, ct);
                return new NextLook(TimeSpan.Zero, decision.Why);
            case VerificationAction.Remove:
                await jobs.EndVerificationAsync(key, ct);
                break;
        }

        await RecordAsync(cluster, decision.Status, ct);
        return decision switch
        {
            { Status: null } => null,
            { Action: VerificationAction.Watch } => new NextLook(JobCheckInterval, decision.Why),
            { Action: VerificationAction.Wait } => new NextLook(RetryDelay, decision.Why),
            _ => new NextLook(ScheduleTimes.Delay(decision.Status.Next, now), decision.Why),
        };
    }

    /// <summary>
    /// The container comes first, and the record of it afterwards: its label says what it was started for. One test at a time: two that
    /// begin at one moment would both count the same room on the disk as free.
    /// </summary>
    private async Task<NextLook> StartAsync(
        CortexCluster cluster, VerificationStatus status, VerificationAction.Start start, DateTimeOffset now, CancellationToken ct)
    {
        if (await jobs.IsAnotherVerifiedAsync(cluster.Key(), ct))
        {
            return await WaitAsync(cluster, status, "the restore test of another cluster is running", ct);
        }

        var next = await source.NextTransactionAsync(cluster, ct);
        var order = VerificationOrder.Of(start.Repository, start.Backup, next, VerificationDecision.Request(cluster), now);
        if (await source.DescribeAsync(cluster, order, ct) is not { } work)
        {
            return await WaitAsync(cluster, status, "the image is being examined, or a secret of the repository is missing", ct);
        }

        await jobs.StartVerificationAsync(work, order, ct);
        await RecordAsync(cluster, VerificationDecision.Started(status, order), ct);
        return new NextLook(JobCheckInterval, "the restore test is running");
    }

    private async Task<NextLook> WaitAsync(CortexCluster cluster, VerificationStatus status, string why, CancellationToken ct)
    {
        await RecordAsync(cluster, status with { Waiting = why }, ct);
        return new NextLook(RetryDelay, why);
    }

    /// <summary>The receipt comes first: a container whose test has a receipt is only removed.</summary>
    private async Task ConcludeAsync(CortexCluster cluster, VerificationStatus status, VerificationReceipt receipt, CancellationToken ct)
    {
        var before = cluster.Status!;
        var after = before.Backup! with { Verification = status, LastVerification = receipt };
        await clusters.WriteStatusAsync(cluster, before, before with { Backup = after }, ct);
        var news = VerificationReport.Event(receipt);
        clusters.Tell(cluster, news.Warning, news.Reason, news.Message);
        await jobs.EndVerificationAsync(cluster.Key(), ct);
    }

    private async Task RecordAsync(CortexCluster? cluster, VerificationStatus? status, CancellationToken ct)
    {
        if (status is not null && cluster?.Status is { Backup: { } before } whole && before.Verification != status)
        {
            await clusters.WriteStatusAsync(cluster, whole, whole with { Backup = before with { Verification = status } }, ct);
        }
    }

    private static bool IsAsked(CortexCluster? cluster) =>
        cluster is { Spec.Backup.Verify: not null } or { Status.Backup.Verification: not null }
        || (cluster is not null && VerificationDecision.Request(cluster) is not null);
}
