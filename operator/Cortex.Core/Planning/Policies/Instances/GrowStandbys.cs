using Cortex.Core.Planning.Policies.Settings;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Missing standbys are made from the primary, and those that cannot follow it are brought back, all at once, while the application's database is made.</summary>
internal static class GrowStandbys
{
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(5);

    /// <summary>One that was started less than this ago is looked at often: it is about to stream.</summary>
    private static readonly TimeSpan Running = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    public static Verdict Decide(Situation now)
    {
        var primary = now.Status.Primary!;
        var missing = now.Wanted.Where(one => one != primary && !now.IsFenced(one) && now.Seen.Inventory.Pod(one) is null && IsToBeMade(now, one, primary)).ToList();
        List<IReadOnlyList<Step>> lanes = [.. missing.Select(one => StandbyPlan.Grow(now, one, primary)), .. RejoinPlan.Lanes(now, primary)];
        // Started by hand before its end was read.
        lanes.AddRange(now.Seen.Inventory.Jobs.Where(job => now.Seen.Answer(job.Instance) is not null).Select(IReadOnlyList<Step> (job) => [new Step.EndJob(job.Instance, "the instance runs")]));
        if (now.Seen.ApplicationReady.Is(false) && !now.DatabaseIsGone)
        {
            lanes.Add([new Step.EnsureDatabase()]);
        }

        return lanes.Count > 0 ? now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(new Step.Together(lanes)) : AwaitStandbys(now, primary);
    }

    /// <summary>Its job has ended, or is to be started; while that runs there is nothing to do.</summary>
    private static bool IsToBeMade(Situation now, string one, string primary) => JobChecks.Of(now, one, primary) switch
    {
        { Runs: true } => false,
        { Runs: false } => true,
        null => !now.Seen.KeptData.ContainsKey(one) && RejoinPlan.WhyNoCopy(now, one) is null,
    };

    private static string Waiting(Situation now, string one, string primary) =>
        JobChecks.Of(now, one, primary) is { StartProblem: { } problem } ? $"{one} (it is being made from {primary}; that cannot start: {problem})"
        : JobChecks.Of(now, one, primary) is not null
            ? $"{one} (it is being made from {primary}{(JobChecks.Progress(now, one) is { } copied ? $": {copied}" : "")})"
        : RejoinPlan.WhyKept(now, one) is { } why ? $"{one} ({why})"
        : RejoinPlan.Rest(now, one) is not null ? $"{one} (left alone for a moment, for clients come first)"
        : one;

    private static Verdict AwaitStandbys(Situation now, string primary)
    {
        var stopped = now.Wanted.Where(one => one != primary && now.Seen.Answer(one) is not { InRecovery: true, Streaming: true }).ToList();
        var waiting = stopped.Select(one => Waiting(now, one, primary)).ToList();
        var rest = now.Wanted.Select(one => RejoinPlan.Rest(now, one)).Max();
        var starting = now.Seen.Inventory.Pods.Any(pod => now.Now - pod.StartedAt < Running);
        var why = $"{string.Join(", ", waiting)} not streaming yet{ServingChecks.Words(now, waiting)}";
        // Whatever else there is to do takes the machine from the clients, too.
        return rest is { } moment ? Verdict.Wait(moment, why)
            : waiting.Count > 0 ? new Verdict
            {
                LookAgain = StartingChecks.NextLook(now, stopped, otherwise: starting ? Glance : Patiently),
                Why = why,
            }
            : Verdict.Nothing;
    }
}
