using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Instances;
using Cortex.Core.Planning.Policies.Settings;

namespace Cortex.Core.Planning.Policies.Synchrony;

/// <summary>
/// If the last standby is gone and spec.replication.durability is Preferred, releases the commits that wait for it. This comes before any
/// long step, such as the copy for another standby.
/// </summary>
internal static class ReleaseWriters
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public static Verdict Decide(Situation now)
    {
        if (now.Spec.Replication is not { Mode: ReplicationMode.Synchronous, Durability: Durability.Preferred }
            || now is not { Leader: { } leader, Status.Primary: { } primary })
        {
            return Verdict.Nothing;
        }

        var waits = SynchronyRecord.Waits(now, primary);
        return (waits, leader.SynchronousNames) switch
        {
            ({ Count: 0 }, "") => Verdict.Nothing,
            ({ Count: 0 }, _) => now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(
                ConfigurationPlan.Configure(now, primary, "commits do not wait while no standby streams")),
            _ when waits.Any(leader.Standbys.ContainsKey) => Verdict.Nothing,
            // It is restarted for an update, or was created just now: to release commits, and to undo that, takes longer than its start.
            _ when waits.Where(wait => StartingChecks.IsStarting(now, wait)).ToList() is { Count: > 0 } starting => new Verdict
            {
                LookAgain = StartingChecks.NextLook(now, starting, otherwise: PollInterval),
                Why = $"commits wait for {string.Join(", ", starting)}, which was just started",
            },
            _ => Verdict.DoAndLook(new Step.SuspendSynchronous(primary, waits)),
        };
    }
}
