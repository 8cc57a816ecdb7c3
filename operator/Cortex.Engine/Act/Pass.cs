using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Engine.Act;

/// <summary>
/// One pass over one cluster: the resource as it was last read or written, the observation, and the plan. An object of this class serves
/// one attempt.
/// </summary>
public sealed class Pass(
    CortexCluster cluster, Observation seen, Plan plan, IClusterRecords records, TimeProvider clock, CancellationToken specChanged)
    : IDisposable
{
    /// <summary>
    /// The limit for the message of an event (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/, note).
    /// </summary>
    private const int LongestNote = 1000;

    private readonly SemaphoreSlim writing = new(1, 1);
    private ClusterStatus? stored = cluster.Status;
    private Step? failed;

    public CortexCluster Cluster { get; private set; } = cluster;

    public Observation Seen { get; } = seen;

    public Plan Plan { get; } = plan;

    /// <summary>The observation, with the resource as it is now.</summary>
    public Situation Situation => new(Cluster, Seen, Now);

    public ClusterKey Key => Seen.Cluster;

    /// <summary>Cancelled when the spec changes: the edit may ask for the failover that helps an instance which does not answer.</summary>
    public CancellationToken SpecChanged => specChanged;

    /// <summary>When spec.promote was last changed; null where that is not known.</summary>
    public DateTimeOffset? PromoteChangedAt => records.PromoteChangedAt(Key);

    public ClusterSpec Spec => Cluster.Spec;

    public ImageFacts Image =>
        Seen.Image.Facts ?? throw new InvalidOperationException("a step needs the image, but the plan was made without it");

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Stores the decision before it returns; a conflict ends the pass.</summary>
    public async Task DecideAsync(Func<ClusterStatus, ClusterStatus> decision, string? activity, CancellationToken ct)
    {
        await writing.WaitAsync(ct);
        try
        {
            Keep(decision);
            await WriteAsync(Report(new PassOutcome(activity, null)), ct);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Changes the status that the next report writes; writes nothing itself.</summary>
    public void Keep(Func<ClusterStatus, ClusterStatus> decision) => Cluster.Status = decision(Cluster.Status ?? new ClusterStatus());

    /// <summary>Writes the status if it differs. A conflict is ignored: the next pass reports again.</summary>
    public async Task ReportAsync(PassOutcome outcome, CancellationToken ct)
    {
        await writing.WaitAsync(ct);
        try
        {
            await WriteAsync(Report(outcome), ct);
        }
        catch (RecordConflictException)
        {
            // The write of the other client has also queued the next pass.
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
    /// Notes the first step that fails: steps that fail after it were cancelled because of it. Returns always false, to be used as an
    /// exception filter.
    /// </summary>
    public bool NotesFailure(Step step)
    {
        Interlocked.CompareExchange(ref failed, step, null);
        return false;
    }

    /// <summary>Why the pass ended early, for users: the step, its instance, and the error.</summary>
    public string Describe(Exception cause)
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
