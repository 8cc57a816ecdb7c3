using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning.Policies.Promotion;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>
/// Brings what only a restart or a new pod brings, one instance at a time and while all others are well, so that an update that fails stops at the first standby and
/// never reaches the primary:
/// <code>
///   each standby      StopPod, (RemovePod,) StartPod; the next instance follows once it streams
///   then the primary  a switchover to one of them; it rejoins as a standby. Or, by spec.primaryUpdate: CHECKPOINT, stop, start, in place
/// </code>
/// A smaller limit of <see cref="StandbyLimits"/> alone comes to the primary first: standbys keep its present ones until then, see <see cref="StartLimits"/>.
/// Nothing of it is remembered: whoever carries on after an interruption finds what is still outdated.
/// </summary>
internal static class Roll
{
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(2);

    public static Verdict Decide(Situation now)
    {
        if (now.Status.Primary is not { } primary || now.Leader is not { } leader)
        {
            return Verdict.Nothing;
        }

        if (now.Seen.Image is { Facts: null, Problem: { } problem } && now.Seen.Inventory.Pods.Any(pod => pod.Image is { } made && made != now.Spec.Image))
        {
            return Verdict.Refuse(Reasons.ImageUnusable, $"{problem}; the cluster serves on with the image that it has");
        }

        // What is fenced is started by its rejoin only, which makes its data those of a standby first.
        var outdated = now.Wanted.Where(one => !now.IsFenced(one)).Select(one => Outdated.Of(now, one)).OfType<Outdated>().ToList();
        if (outdated.Count == 0)
        {
            return Verdict.Nothing;
        }

        var lowered = Lowered(now, leader, outdated.FirstOrDefault(one => one.Instance == primary));
        // One that is not well can only gain.
        var order = outdated.OrderBy(one => IsWell(now, one.Instance)).Select(one => one.Instance).ToList();
        var next = RolloutOrder.Of(primary, order, now.Wanted.Count > 1, now.Spec.PrimaryUpdate, lowered)[0];
        var why = outdated.First(one => one.Instance == next.Instance);
        return now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? WhyWait(now, why, lowered) ?? Do(now, next, why);
    }

    private static Verdict Do(Situation now, RolloutMove move, Outdated why) => move.Kind switch
    {
        RolloutKind.SwitchOver => HandOver(now, move.Instance, why),
        // While it restarts it would pass for a primary that is lost: a switchover that cannot be done now would become a failover.
        RolloutKind.RestartPrimary when PromotionChecks.IsPending(now) => Verdict.Wait(
            Patiently,
            $"{move.Instance} is to be restarted ({why.Why}) once spec.promote is fulfilled or taken back; it is not touched before"),
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
            .. IsLowered(now, now.Seen.Answer(move.Instance)) ? [new Step.AwaitReplay(move.Instance, now.Status.Primary!)] : Array.Empty<Step>(),
            new Step.StopPod(move.Instance, why.Why),
            .. RestartPlan.Start(why, move.Instance),
        ]),
    };

    /// <summary>To the standby that has the most.</summary>
    private static Verdict HandOver(Situation now, string primary, Outdated why)
    {
        var standbys = now.Wanted.Where(one => one != primary).OrderByDescending(one => now.Seen.Answer(one)!.Lsn).ToList();
        var asked = standbys.Select(one => (Name: one, No: PromotionChecks.WhyNot(now, primary, one))).ToList();
        return asked.FirstOrDefault(one => one.No is null).Name is { } to
            ? PromotionPlan.Start(now, primary, to, PromotionCause.Update)
            : Verdict.Wait(Patiently, $"{primary} is to hand over ({why.Why}), but {string.Join("; ", asked.Select(one => one.No!.Message))}");
    }

    /// <summary>Null when the next one may be restarted.</summary>
    private static Verdict? WhyWait(Situation now, Outdated next, LoweredLimits lowered)
    {
        // A standby may be away because the primary's limits are beyond its own: then the restart of the primary is the cure.
        var away = lowered == LoweredLimits.Alone ? [] : now.Wanted.Where(one => one != next.Instance && !IsWell(now, one)).ToList();
        if (away.Count > 0)
        {
            return Verdict.Wait(Patiently, $"{next.Instance} is to be restarted ({next.Why}) once {string.Join(", ", away)} streams; it is not touched before");
        }

        if (now.Seen.Answer(next.Instance) is { Overridden: { Count: > 0 } overridden })
        {
            return Verdict.Wait(Patiently, $"{next.Instance} is to be restarted ({next.Why}) once it has no untried settings: {Remedy.Reset(overridden)}");
        }

        var port = HostPort.Of(now.Seen.Cluster, now.Spec, next.Instance);
        return now.Seen.Inventory.Pods.FirstOrDefault(pod => pod.Instance != next.Instance && pod.HostPort == port) is { } taken
            ? Verdict.Refuse(Reasons.Conflict, $"spec.podman.basePort: the new port {port} of {next.Instance} is the present one of {taken.Instance}; choose ports that no instance has now")
            : null;
    }

    private static bool IsWell(Situation now, string instance) =>
        !now.IsFenced(instance) && now.Seen.Answer(instance) is { } seen && (instance == now.Status.Primary ? !seen.InRecovery : seen is { InRecovery: true, Streaming: true });

    private static LoweredLimits Lowered(Situation now, PostgresSeen leader, Outdated? leading) => leading is null || !IsLowered(now, leader) ? LoweredLimits.None
        : leading.NewPod || leader.PendingRestart.Any(name => !IsLowered(now, leader, name)) ? LoweredLimits.WithOthers
        : LoweredLimits.Alone;

    private static bool IsLowered(Situation now, PostgresSeen? seen) => seen?.PendingRestart.Any(name => IsLowered(now, seen, name)) == true;

    private static bool IsLowered(Situation now, PostgresSeen seen, string name) =>
        seen.Limits.TryGetValue(name, out var has) && StandbyLimits.Wanted(name, now.Spec.Postgres.Parameters, now.ServerParameters.LimitDefaults) < has;
}
