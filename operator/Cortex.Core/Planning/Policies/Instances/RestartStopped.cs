using Cortex.Core.Planning.Policies.Settings;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>A pod that was stopped is started in place. Whether another instance is promoted is decided by the user.</summary>
internal static class RestartStopped
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>A server that ended so often within this time cannot run as it is configured.</summary>
    private static readonly TimeSpan CrashLoopWindow = TimeSpan.FromMinutes(1);
    private const int CrashLoopEnds = 3;

    public static Verdict Decide(Situation now)
    {
        var due = RestartChecks.DueForStart(now);
        if (due.Count > 0 && now.WithoutImage is { } without)
        {
            return without;
        }

        if (due.Count > 0)
        {
            return Verdict.DoAndLook(new Step.Together([.. due.Select(pod => Restart(now, pod))]));
        }

        if (now.Seen.Answer(now.Status.Primary) is not null)
        {
            return Verdict.Nothing;
        }

        if (ConfigurationPlan.ConfigureSilent(now) is { Count: > 0 } steps)
        {
            return Verdict.DoAndLook(steps);
        }

        if (now.Seen.Inventory.Pod(now.Status.Primary!) is { } pod && CannotRun(now, pod)
            && Outdated.Of(now, pod.Instance) is { NewPod: true } why)
        {
            return now.WithoutImage ?? ConfigurationChecks.WhyNot(now)
                ?? Verdict.DoAndLook([.. RestartPlan.Prove(why), .. RestartPlan.Start(why, pod.Instance)]);
        }

        if (now.ShowsAnother(now.Status.Primary))
        {
            return ConfigurationChecks.WhyNot(now) ?? Verdict.Wait(PollInterval, ServingChecks.NotLoaded(now, now.Status.Primary!));
        }

        return Verdict.Wait(
            StartingChecks.NextLook(now, [now.Status.Primary!], otherwise: PollInterval),
            ServingChecks.Silent(now.Status.Primary!) + ServingChecks.Causes(now, [now.Status.Primary!]));
    }

    /// <summary>
    /// A standby at rest is started with the new configuration. A primary is started as it was, because an update is tried on its standbys
    /// first, unless it cannot run as it was. With an image that refuses the configuration no instance is updated.
    /// </summary>
    private static IReadOnlyList<Step> Restart(Situation now, PodSeen pod)
    {
        var asItWas = now.Seen.RefusedConfiguration.Count > 0
            || (pod.Instance == now.Status.Primary && now.Members.Count > 1 && !CannotRun(now, pod));
        var why = asItWas ? null : Outdated.Of(now, pod.Instance);
        return [.. RestartPlan.Prove(why), .. RestartPlan.Start(why, pod.Instance)];
    }

    /// <summary>
    /// The server ended with a fatal message and has only just been started again, or waits for that; or it ends again and again, with or
    /// without a message; or it cannot even be started. A server that runs for longer and does not answer may be healthy, and only
    /// unreachable from here.
    /// </summary>
    private static bool CannotRun(Situation now, PodSeen pod) => pod.StartProblem is not null || IsCrashLooping(now, pod)
        || (now.Seen.FatalMessages.ContainsKey(pod.Instance)
            && pod.State != PodState.Paused
            && (pod.State != PodState.Running || StartingChecks.WasStartedRecently(now, pod)));

    private static bool IsCrashLooping(Situation now, PodSeen pod) =>
        now.Seen.Ends.GetValueOrDefault(pod.Instance) is { Count: >= CrashLoopEnds } ends
        && now.Now - ends[^CrashLoopEnds].At < CrashLoopWindow;
}
