using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies;

/// <summary>
/// Keeps the promise of <c>status.synchronous</c>: every acknowledged commit is on the primary and on at least one of the standbys that it names (invariant I2). It holds
/// at every moment, also when whoever keeps it is cut off between any two steps, since the record is widened before less is asked of PostgreSQL and narrowed after:
/// <code>
///   from A to B        record A and B, load B, see that one of B has all that was acknowledged before, record B
///   from A to nobody   forget A, load nothing
///   from nobody to B   load B, see that one of B has all that was acknowledged before, record B
/// </code>
/// </summary>
internal static class Synchrony
{
    /// <summary>The steps that give <paramref name="instance"/> its configuration. What lies in the primary's volume may be loaded at any time, so it is recorded first.</summary>
    public static IReadOnlyList<Step> Configure(Situation now, string instance, string why) => instance == now.Status.Primary
        ? [.. Widen(now, instance), new Step.Configure(instance, why)]
        : [new Step.Configure(instance, why)];

    /// <summary>
    /// The last standby is gone, and the spec prefers to go on without: commits that wait for it are let go. Before all that takes long, the making of another standby among it.
    /// </summary>
    public static Verdict Suspend(Situation now)
    {
        if (now.Spec.Replication is not { Mode: ReplicationMode.Synchronous, Durability: Durability.Preferred } || Leader(now) is not var (primary, leader))
        {
            return Verdict.Nothing;
        }

        var waits = Waits(now, primary);
        return (waits, leader.SynchronousNames) switch
        {
            ({ Count: 0 }, "") => Verdict.Nothing,
            ({ Count: 0 }, _) => now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(Configure(now, primary, "commits do not wait while no standby streams")),
            _ when waits.Any(leader.Standbys.ContainsKey) => Verdict.Nothing,
            _ => Verdict.DoAndLook(new Step.SuspendSynchronous(primary, waits)),
        };
    }

    /// <summary>Instances that may have the only copy, beside the primary's, of something that was acknowledged.</summary>
    public static IReadOnlyList<string> Holders(Situation now) =>
        now.Spec.Replication.Mode == ReplicationMode.Synchronous ? now.Status.Synchronous?.Standbys ?? [] : [];

    /// <summary>What is in force is made known, once it is proven. Last, since the proof may fail and must hold up nothing else.</summary>
    public static Verdict Settle(Situation now)
    {
        var known = now.Status.Synchronous;
        if (now.Spec.Replication.Mode == ReplicationMode.Asynchronous)
        {
            return known is null ? Verdict.Nothing : Verdict.DoAndLook(new Step.DecideSynchronous(null));
        }

        if (Leader(now) is not var (primary, leader))
        {
            return Verdict.Nothing;
        }

        if (known is { Suspended: true } && now.Spec.Replication.Durability == Durability.Required)
        {
            return Verdict.DoAndLook(new Step.DecideSynchronous(null));
        }

        var inForce = SyncStandbys.Parse(leader.SynchronousNames) ?? [];
        if (known is { Standbys.Count: > 0 } && (inForce.Count == 0 || inForce.Except(known.Standbys).Any()))
        {
            // Somebody else changed what the primary waits for.
            return Verdict.DoAndLook(new Step.DecideSynchronous(null));
        }

        var others = CommitWaits.Others(now.Name, now.Spec, primary);
        return !others.Any(leader.Standbys.ContainsKey) ? Verdict.Nothing
            : Waits(now, primary).Count == 0 ? Verdict.DoAndLook(new Step.DecideSynchronous(new()))
            : !inForce.SequenceEqual(others) || known?.Standbys.SequenceEqual(others) == true ? Verdict.Nothing
            : Verdict.DoAndLook(
                new Step.ConfirmSynchronous(primary, others, FromNothing: known is not { Standbys.Count: > 0 }),
                new Step.DecideSynchronous(new() { Standbys = others }));
    }

    /// <summary>What the record has to say before the primary may load what it is to wait for.</summary>
    private static IEnumerable<Step> Widen(Situation now, string primary)
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

    private static IReadOnlyList<string> Waits(Situation now, string primary) => CommitWaits.Of(now.Name, now.Spec, now.Status, primary);

    private static (string Primary, PostgresSeen Seen)? Leader(Situation now) =>
        now.Status.Primary is { } primary && now.Seen.Answer(primary) is { InRecovery: false } seen ? (primary, seen) : null;
}
