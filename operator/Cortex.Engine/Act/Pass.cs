using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Engine.Act;

/// <summary>
/// One pass over one cluster: the resource as last read or written, what was seen, and what was planned. It lives for one attempt.
/// </summary>
public sealed class Pass(
    CortexCluster cluster, Observation seen, Plan plan, IClusterRecords records, TimeProvider clock, CancellationToken wish) : IDisposable
{
    /// <summary>Of an event (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/, note).</summary>
    private const int LongestNote = 1000;

    private readonly SemaphoreSlim writing = new(1, 1);
    private ClusterStatus? stored = cluster.Status;
    private Step? failed;

    public CortexCluster Cluster { get; private set; } = cluster;

    public Observation Seen { get; } = seen;

    public Plan Plan { get; } = plan;

    /// <summary>What was seen, with the resource as it is by now.</summary>
    public Situation Situation => new(Cluster, Seen, Now);

    public ClusterKey Key => Seen.Cluster;

    /// <summary>Cancelled when the spec changes: the edit may ask for the failover that helps an instance which does not answer.</summary>
    public CancellationToken Wish => wish;

    /// <summary>When spec.promote was last changed; null where that is not known.</summary>
    public DateTimeOffset? PromoteChangedAt => records.PromoteChangedAt(Key);

    public ClusterSpec Spec => Cluster.Spec;

    public ImageFacts Image =>
        Seen.Image.Facts ?? throw new InvalidOperationException("a step needs the image, but the plan was made without it");

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>The decision is stored before this returns; a conflict ends the pass.</summary>
    public async Task DecideAsync(Func<ClusterStatus, ClusterStatus> decision, string? doing, CancellationToken ct)
    {
        await writing.WaitAsync(ct);
        try
        {
            Keep(decision);
            await WriteAsync(Report(new PassOutcome(doing, null)), ct);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Changes what the next report says without writing it yet.</summary>
    public void Keep(Func<ClusterStatus, ClusterStatus> decision) => Cluster.Status = decision(Cluster.Status ?? new ClusterStatus());

    /// <summary>Writes status if it differs. Losing a race here costs nothing: the next pass reports anew.</summary>
    public async Task ReportAsync(PassOutcome outcome, CancellationToken ct)
    {
        await writing.WaitAsync(ct);
        try
        {
            await WriteAsync(Report(outcome), ct);
        }
        catch (RecordConflictException)
        {
            // Whoever wrote has also queued the next pass.
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task WriteAsync(ClusterStatus next, CancellationToken ct)
    {
        Cluster = await records.WriteStatusAsync(Cluster, stored, next, ct);
        var before = stored;
        stored = next;
        foreach (var news in ClusterEvents.Between(before, next))
        {
            Tell(news);
        }
    }

    public void Tell(ClusterEvent news) => records.Tell(Cluster, news.Warning, news.Reason, QuotedText.Limit(news.Message, LongestNote));

    /// <summary>
    /// Notes the first step that fails: those that fail after it are ended for its sake. Always false, to be asked as a filter of
    /// exceptions.
    /// </summary>
    public bool Fails(Step step)
    {
        Interlocked.CompareExchange(ref failed, step, null);
        return false;
    }

    /// <summary>Why the pass ended early, for people: what was being done, to whom, and what went wrong.</summary>
    public string Words(Exception cause)
    {
        var inner = cause.InnerException is { } why && !cause.Message.Contains(why.Message, StringComparison.Ordinal)
            ? $" ({why.Message})"
            : "";
        return failed is null ? $"{cause.Message}{inner}" : $"{failed.Says}: {cause.Message}{inner}";
    }

    public Task ReleaseAsync(CancellationToken ct) => records.RemoveFinalizerAsync(Cluster, ct);

    public void Dispose() => writing.Dispose();

    private ClusterStatus Report(PassOutcome outcome) => StatusReport.Build(Situation, Plan, outcome);
}
