using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Synchrony;

/// <summary>
/// Records what is in force once it is proven. One of the last policies, because the proof may fail and must not delay anything else.
/// </summary>
internal static class SettleSynchrony
{
    public static Verdict Decide(Situation now)
    {
        var known = now.Status.Synchronous;
        if (now.Spec.Replication.Mode == ReplicationMode.Asynchronous)
        {
            return known is null ? Verdict.Nothing : Verdict.DoAndLook(new Step.DecideSynchronous(null));
        }

        if (now is not { Leader: { } leader, Status.Primary: { } primary })
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
            // Another program changed what the primary waits for.
            return Verdict.DoAndLook(new Step.DecideSynchronous(null));
        }

        var others = CommitWaits.Others(now.Name, now.Spec, primary);
        return !others.Any(leader.Standbys.ContainsKey) ? Verdict.Nothing
            : SynchronyRecord.Waits(now, primary).Count == 0 ? Verdict.DoAndLook(new Step.DecideSynchronous(new()))
            : !inForce.SequenceEqual(others) || known?.Standbys.SequenceEqual(others) == true ? Verdict.Nothing
            : Verdict.DoAndLook(
                new Step.ConfirmSynchronous(primary, others, FromNothing: known is not { Standbys.Count: > 0 }),
                new Step.DecideSynchronous(new() { Standbys = others }));
    }
}
