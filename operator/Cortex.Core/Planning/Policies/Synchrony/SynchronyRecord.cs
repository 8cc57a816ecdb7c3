using Cortex.Core.Api;
using Cortex.Core.Manifests;

namespace Cortex.Core.Planning.Policies.Synchrony;

/// <summary>
/// Keeps the promise of <c>status.synchronous</c>: every acknowledged commit is on the primary and on at least one of the standbys that it
/// names (invariant I2). The promise holds at every moment, also after an interruption between any two steps, because the record is widened
/// before PostgreSQL is asked for less, and narrowed after it:
/// <code>
///   from A to B     record A and B, load B, see that one of B has all that was acknowledged before, record B
///   from A to none  clear the record, load nothing
///   from none to B  load B, see that one of B has all that was acknowledged before, record B
/// </code>
/// </summary>
internal static class SynchronyRecord
{
    /// <summary>Instances that may have the only copy, beside the primary's, of an acknowledged commit.</summary>
    public static IReadOnlyList<string> Holders(Situation now) =>
        now.Spec.Replication.Mode == ReplicationMode.Synchronous ? now.Status.Synchronous?.Standbys ?? [] : [];

    /// <summary>What has to be recorded before the primary may load the names of the standbys that it waits for.</summary>
    public static IEnumerable<Step> Widen(Situation now, string primary)
    {
        if (now.Status.Synchronous is not { Standbys: { Count: > 0 } known } record)
        {
            return [];
        }

        var waits = Waits(now, primary);
        return waits.Count == 0 ? [new Step.DecideSynchronous(null)]
            : waits.Except(known).Any() ? [new Step.DecideSynchronous(record with { Standbys = [.. known.Union(waits)] })]
            : [];
    }

    public static IReadOnlyList<string> Waits(Situation now, string primary) => CommitWaits.Of(now.Name, now.Spec, now.Status, primary);
}
