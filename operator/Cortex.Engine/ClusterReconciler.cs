using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Act;
using Cortex.Engine.Memory;
using Cortex.Engine.Observe;
using Cortex.Engine.Targets;

namespace Cortex.Engine;

/// <summary>When to look again, and why.</summary>
public sealed record NextLook(TimeSpan After, string Why);

/// <summary>One pass: read, observe, plan, act, report.</summary>
public sealed class ClusterReconciler(
    ClusterObserver observer, PlanExecutor executor, ImageExaminer images, IClusterRecords records, ClusterMemory memory,
    TimeProvider clock)
{
    /// <summary>How often a cluster without any work or event is reconciled.</summary>
    public static readonly TimeSpan ResyncInterval = TimeSpan.FromSeconds(10);

    /// <summary>An examination usually takes less; otherwise a later pass asks for its result.</summary>
    private static readonly TimeSpan ExaminationWaitLimit = TimeSpan.FromSeconds(1);

    /// <summary>Short, because the next pass itself waits for the end of the examination.</summary>
    private static readonly TimeSpan ExaminationInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Short, because the next pass itself waits for the end of the read.</summary>
    private static readonly NextLook DiskIsBeingRead = new(TimeSpan.FromMilliseconds(50), "a volume is being read");

    private static readonly NextLook Changed = new(TimeSpan.Zero, "the spec changed");

    /// <summary>
    /// Null when the resource is gone. A failed step is reported in the status, then thrown, so that the caller applies its back-off.
    /// </summary>
    /// <param name="specChanged">Cancelled when the spec changes while this runs.</param>
    public async Task<NextLook?> ReconcileAsync(ClusterKey key, CancellationToken specChanged, CancellationToken ct)
    {
        if (await records.ReadAsync(key, ct) is not { } found)
        {
            memory.Forget(key);
            return null;
        }

        var cluster = await WithFinalizerAsync(found, ct);
        if (await ObserveAsync(cluster, specChanged, ct) is not { } seen)
        {
            return specChanged.IsCancellationRequested ? Changed : DiskIsBeingRead;
        }

        var plan = ClusterPlanner.Plan(cluster, seen, clock.GetUtcNow());
        using var pass = new Pass(cluster, seen, plan, records, clock, specChanged);
        try
        {
            await executor.ExecuteAsync(pass, ct);
        }
        catch (OperationCanceledException) when (specChanged.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return Changed;
        }
        catch (Exception cause) when (cause is not (OperationCanceledException or RecordConflictException))
        {
            var why = pass.Describe(cause);
            await pass.ReportAsync(new PassOutcome(null, why), ct);
            pass.Tell(new ClusterEvent(true, Reasons.ActionFailed, why));
            throw;
        }

        return await ConcludeAsync(pass, ct);
    }

    /// <summary>
    /// Null when the spec has changed: an observation may be waiting for a server that is being restarted, and a plan for the old spec is
    /// not started. Null also while a volume is being read.
    /// </summary>
    private async Task<Observation?> ObserveAsync(CortexCluster cluster, CancellationToken specChanged, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, specChanged);
        try
        {
            var seen = await observer.ObserveAsync(cluster, either.Token);
            return specChanged.IsCancellationRequested ? null : seen;
        }
        catch (Exception) when (specChanged.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // An observation that is cancelled may fail in any way.
            return null;
        }
        catch (Exception cause) when (cause is not (OperationCanceledException or RecordConflictException))
        {
            var status = StatusReport.NotObserved(cluster, cause.Message, clock.GetUtcNow());
            await records.WriteStatusAsync(cluster, cluster.Status, status, ct);
            throw;
        }
    }

    private async Task<CortexCluster> WithFinalizerAsync(CortexCluster cluster, CancellationToken ct) =>
        cluster.Metadata.DeletionTimestamp is null && cluster.Metadata.Finalizers?.Contains(CortexCluster.Finalizer) != true
            ? await records.AddFinalizerAsync(cluster, ct)
            : cluster;

    private async Task<NextLook?> ConcludeAsync(Pass pass, CancellationToken ct)
    {
        if (pass.Plan.Steps is [.., Step.Release])
        {
            return null;
        }

        var isExamined = pass.Seen.Image is not { Facts: null, Problem: null };
        if (!isExamined && await images.HaveEndedAsync(pass.Spec.Image, ExaminationWaitLimit, ct))
        {
            return new NextLook(TimeSpan.Zero, "the image was examined");
        }

        if (pass.Plan.Steps.Count > 0)
        {
            // The plan has changed what was observed; the next pass reports the result.
            return new NextLook(TimeSpan.Zero, "a plan was carried out");
        }

        if (!isExamined && pass.Seen.Inventory.Pods.Count > 0)
        {
            // It is not known yet whether the pods have the image of the spec: a report could wrongly say that an edit is in force.
            return new NextLook(ExaminationInterval, "the image is being examined");
        }

        await pass.ReportAsync(new PassOutcome(null, null), ct);
        return pass.Plan.Holds.MinBy(hold => hold.LookAgain) is { } hold
            ? new NextLook(hold.LookAgain, $"{hold.Policy}: {hold.Why}")
            : new NextLook(ResyncInterval, "nothing to do");
    }
}
