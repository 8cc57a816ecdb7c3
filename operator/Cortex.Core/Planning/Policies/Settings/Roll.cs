using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning.Policies.Promotion;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>
/// Applies changes that need a restart or a new pod, one instance at a time and while all others are healthy. So an update that fails stops
/// at the first standby and never reaches the primary:
/// <code>
///   each standby      StopPod, (RemovePod,) StartPod; the next instance follows once it streams
///   then the primary  a switchover to one of them; it rejoins as a standby. Or, by spec.primaryUpdate: CHECKPOINT, stop, start, in place
/// </code>
/// If only a limit of <see cref="StandbyLimits"/> becomes smaller, the primary is first: standbys keep its present limits until then, see
/// <see cref="StartLimits"/>. Nothing of this is remembered: after an interruption the outdated instances are found again.
/// </summary>
internal static class Roll
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    public static Verdict Decide(Situation now)
    {
        if (now.Status.Primary is not { } primary || now.Leader is not { } leader)
        {
            return Verdict.Nothing;
        }

        if (now.Seen.Image is { Facts: null, Problem: { } problem }
            && now.Seen.Inventory.Pods.Any(pod => pod.Image is { } made && made != now.Spec.Image))
        {
            return Verdict.Refuse(Reasons.ImageUnusable, $"{problem}; the cluster continues with the image that it has");
        }

        // A fenced instance is started only by its rejoin, which first makes its data those of a standby.
        var outdated = now.Members.Where(member => !now.IsFenced(member))
            .Select(member => Outdated.Of(now, member)).OfType<Outdated>().ToList();
        if (outdated.Count == 0)
        {
            return Verdict.Nothing;
        }

        var lowered = Lowered(now, leader, outdated.FirstOrDefault(found => found.Instance == primary));
        // An instance that is not healthy can only gain.
        var order = outdated.OrderBy(found => IsHealthy(now, found.Instance)).Select(found => found.Instance).ToList();
        var next = RolloutOrder.Of(primary, order, now.Members.Count > 1, now.Spec.PrimaryUpdate, lowered)[0];
        var why = outdated.First(found => found.Instance == next.Instance);
        return now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? WhyWait(now, why, lowered) ?? Do(now, next, why);
    }

    private static Verdict Do(Situation now, RolloutMove move, Outdated why) => move.Kind switch
    {
        RolloutKind.SwitchOver => HandOver(now, move.Instance, why),
        // During its restart it would look like a lost primary: a switchover that is not possible now would become a failover.
        RolloutKind.RestartPrimary when PromotionChecks.IsPending(now) => Verdict.Wait(
            PollInterval,
            $"{move.Instance} waits to be restarted ({why.Why}) until spec.promote is fulfilled or changed back"),
        RolloutKind.RestartPrimary => Verdict.DoAndLook(
        [
            .. RestartPlan.Prove(why),
            new Step.Checkpoint(move.Instance),
            new Step.StopPod(move.Instance, why.Why),
            .. RestartPlan.Start(why, move.Instance),
        ]),
        _ => Verdict.DoAndLook(
        [
            .. RestartPlan.Prove(why),
            .. IsLowered(now, now.Seen.Answer(move.Instance))
                ? [new Step.AwaitReplay(move.Instance, now.Status.Primary!)]
                : Array.Empty<Step>(),
            new Step.StopPod(move.Instance, why.Why),
            .. RestartPlan.Start(why, move.Instance),
        ]),
    };

    /// <summary>To the standby with the most WAL.</summary>
    private static Verdict HandOver(Situation now, string primary, Outdated why)
    {
        var standbys = now.Members.Where(member => member != primary).OrderByDescending(member => now.Seen.Answer(member)!.Lsn).ToList();
        var asked = standbys.Select(standby => (Name: standby, No: PromotionChecks.WhyNot(now, primary, standby))).ToList();
        return asked.FirstOrDefault(entry => entry.No is null).Name is { } to
            ? PromotionPlan.Start(now, primary, to, PromotionCause.Update)
            : Verdict.Wait(
                PollInterval,
                $"a switchover from {primary} is needed ({why.Why}) but not possible: "
                    + string.Join("; ", asked.Select(entry => entry.No!.Message)));
    }

    /// <summary>Null when the next one may be restarted.</summary>
    private static Verdict? WhyWait(Situation now, Outdated next, LoweredLimits lowered)
    {
        // A standby may be down because the primary's limits exceed its own: then the restart of the primary is the remedy.
        var down = lowered == LoweredLimits.Alone
            ? []
            : now.Members.Where(member => member != next.Instance && !IsHealthy(now, member)).ToList();
        if (down.Count > 0)
        {
            return Verdict.Wait(
                PollInterval,
                $"{next.Instance} waits to be restarted ({next.Why}) until {string.Join(", ", down)} streams");
        }

        if (now.Seen.Answer(next.Instance) is { Overridden: { Count: > 0 } overridden })
        {
            return Verdict.Wait(
                PollInterval,
                $"{next.Instance} waits to be restarted ({next.Why}) until its untested settings are reset: {Remedy.Reset(overridden)}");
        }

        var port = HostPort.Of(now.Seen.Cluster, now.Spec, next.Instance);
        return now.Seen.Inventory.Pods.FirstOrDefault(pod => pod.Instance != next.Instance && pod.HostPort == port) is { } taken
            ? Verdict.Refuse(
                Reasons.Conflict,
                $"spec.podman.basePort: the new port {port} of {next.Instance} is still used by {taken.Instance}",
                "choose ports that no instance has now")
            : null;
    }

    private static bool IsHealthy(Situation now, string instance) =>
        !now.IsFenced(instance)
        && now.Seen.Answer(instance) is { } seen
        && (instance == now.Status.Primary ? seen.AcceptsWrites : seen.IsStreamingStandby);

    private static LoweredLimits Lowered(Situation now, PostgresSeen leader, Outdated? leading) =>
        leading is null || !IsLowered(now, leader) ? LoweredLimits.None
        : leading.NewPod || leader.PendingRestart.Any(name => !IsLowered(now, leader, name)) ? LoweredLimits.WithOthers
        : LoweredLimits.Alone;

    private static bool IsLowered(Situation now, PostgresSeen? seen) =>
        seen?.PendingRestart.Any(name => IsLowered(now, seen, name)) == true;

    private static bool IsLowered(Situation now, PostgresSeen seen, string name) =>
        seen.Limits.TryGetValue(name, out var present)
        && StandbyLimits.Wanted(name, now.Spec.Postgres.Parameters, now.ServerParameters.LimitDefaults) < present;
}
