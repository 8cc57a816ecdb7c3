using Cortex.Core.Planning.Policies.Settings;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>A pod that was stopped is started in place; the RFC leaves it to people to promote another.</summary>
internal static class RestartStopped
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);

    /// <summary>One that was started less than this ago may only just be coming up.</summary>
    private static readonly TimeSpan Running = TimeSpan.FromSeconds(10);

    /// <summary>A server that ended so often within this time does not come up as it is.</summary>
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

        if (ConfigurationPlan.LaySilent(now) is { Count: > 0 } steps)
        {
            return Verdict.DoAndLook(steps);
        }

        if (now.Seen.Inventory.Pod(now.Status.Primary!) is { } pod && CannotRun(now, pod) && Outdated.Of(now, pod.Instance) is { NewPod: true } why)
        {
            return now.WithoutImage ?? ConfigurationChecks.WhyNot(now)
                ?? Verdict.DoAndLook([.. RestartPlan.Prove(why), .. RestartPlan.Start(why, pod.Instance)]);
        }

        if (now.ShowsAnother(now.Status.Primary))
        {
            return ConfigurationChecks.WhyNot(now) ?? Verdict.Wait(Soon, ServingChecks.NotLoaded(now, now.Status.Primary!));
        }

        return Verdict.Wait(
            StartingChecks.NextLook(now, [now.Status.Primary!], otherwise: Soon),
            $"the primary {now.Status.Primary} does not answer; if it stays so, promote a standby with spec.promote"
                + ServingChecks.Words(now, [now.Status.Primary!]));
    }

    /// <summary>
    /// A standby that rests is started as it should be; a primary as it was, for an update is tried on its standbys first, unless as it was it does not come up. With an image that refuses
    /// the configuration nobody is started.
    /// </summary>
    private static IReadOnlyList<Step> Restart(Situation now, PodSeen pod)
    {
        var asItWas = now.Seen.RefusedConfiguration.Count > 0 || (pod.Instance == now.Status.Primary && now.Wanted.Count > 1 && !CannotRun(now, pod));
        var why = asItWas ? null : Outdated.Of(now, pod.Instance);
        return [.. RestartPlan.Prove(why), .. RestartPlan.Start(why, pod.Instance)];
    }

    /// <summary>
    /// It ended with a word of its own and has only just been started again, or waits for that; it ends again and again, with or without a word; or it cannot even be started. One that
    /// runs for longer and is silent may be well, and only not be reached from here.
    /// </summary>
    private static bool CannotRun(Situation now, PodSeen pod) => pod.StartProblem is not null
        || (now.Seen.Ends.GetValueOrDefault(pod.Instance) is { Count: >= CrashLoopEnds } ends && now.Now - ends[^CrashLoopEnds].At < CrashLoopWindow)
        || (now.Seen.LastWords.ContainsKey(pod.Instance) && pod.State != PodState.Paused && (pod.State != PodState.Running || now.Now - pod.StartedAt < Running));
}
