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
    /// <summary>How often a cluster that is as it should be is looked at without a reason.</summary>
    public static readonly TimeSpan Resync = TimeSpan.FromSeconds(10);

    /// <summary>An examination usually takes less; where it does not, the next look asks for its result.</summary>
    private static readonly TimeSpan LongestExamination = TimeSpan.FromSeconds(1);

    /// <summary>A pass waits for the examination, too, so that its end is seen at once.</summary>
    private static readonly TimeSpan BetweenExaminations = TimeSpan.FromMilliseconds(50);

    private static readonly NextLook Changed = new(TimeSpan.Zero, "the spec changed");

    /// <summary>Null when the resource is gone. A failed step is reported in status, then thrown for the caller to back off.</summary>
    /// <param name="wish">Cancelled when the spec changes while this runs.</param>
    public async Task<NextLook?> ReconcileAsync(ClusterKey key, CancellationToken wish, CancellationToken ct)
    {
        if (await records.ReadAsync(key, ct) is not { } found)
        {
            memory.Forget(key);
            return null;
        }

        var cluster = await HeldBackAsync(found, ct);
        if (await ObserveAsync(cluster, wish, ct) is not { } seen)
        {
            return Changed;
        }

        var plan = ClusterPlanner.Plan(cluster, seen, clock.GetUtcNow());
        using var pass = new Pass(cluster, seen, plan, records, clock, wish);
        try
        {
            await executor.ExecuteAsync(pass, ct);
        }
        catch (OperationCanceledException) when (wish.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return Changed;
        }
        catch (Exception cause) when (cause is not (OperationCanceledException or RecordConflictException))
        {
            var why = pass.Words(cause);
            await pass.ReportAsync(new PassOutcome(null, why), ct);
            pass.Tell(new ClusterEvent(true, Reasons.ActionFailed, why));
            throw;
        }

        return await ConcludeAsync(pass, ct);
    }

    /// <summary>
    /// Null when the spec changed meanwhile: a look may be waiting for a server that is being restarted, and a plan for what was wished
    /// before is not begun.
    /// </summary>
    private async Task<Observation?> ObserveAsync(CortexCluster cluster, CancellationToken wish, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, wish);
        try
        {
            var seen = await observer.ObserveAsync(cluster, either.Token);
            return wish.IsCancellationRequested ? null : seen;
        }
        catch (Exception) when (wish.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // Whatever a look that is broken off says.
            return null;
        }
        catch (Exception cause) when (cause is not (OperationCanceledException or RecordConflictException))
        {
            var status = StatusReport.NotObserved(cluster, cause.Message, clock.GetUtcNow());
            await records.WriteStatusAsync(cluster, cluster.Status, status, ct);
            throw;
        }
    }

    private async Task<CortexCluster> HeldBackAsync(CortexCluster cluster, CancellationToken ct) =>
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
        if (!isExamined && await images.SettlesAsync(LongestExamination, clock, ct))
        {
            return new NextLook(TimeSpan.Zero, "the image was examined");
        }

        if (pass.Plan.Steps.Count > 0)
        {
            // The plan was made from a world that it changed; the report follows from the next look.
            return new NextLook(TimeSpan.Zero, "a plan was carried out");
        }

        if (!isExamined && pass.Seen.Inventory.Pods.Count > 0)
        {
            // Whether the pods have the image that the spec asks for is not known yet: a report could say that an edit is in force.
            return new NextLook(BetweenExaminations, "the image is being examined");
        }

        await pass.ReportAsync(new PassOutcome(null, null), ct);
        return pass.Plan.Holds.MinBy(hold => hold.LookAgain) is { } hold
            ? new NextLook(hold.LookAgain, $"{hold.Policy}: {hold.Why}")
            : new NextLook(Resync, "nothing to do");
    }
}
