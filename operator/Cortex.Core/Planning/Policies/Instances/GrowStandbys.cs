using Cortex.Core.Planning.Policies.Settings;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>
/// Creates missing standbys from the primary, and brings back those that cannot follow it: all at once, while the application's database is
/// created.
/// </summary>
internal static class GrowStandbys
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    /// <summary>An instance that was started within this time is observed often: it is about to stream.</summary>
    private static readonly TimeSpan RecentStart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RecentStartPollInterval = TimeSpan.FromMilliseconds(200);

    public static Verdict Decide(Situation now)
    {
        var primary = now.Status.Primary!;
        var missing = now.Members
            .Where(one => one != primary && !now.IsFenced(one) && now.Seen.Inventory.Pod(one) is null && IsToBeMade(now, one, primary))
            .ToList();
        List<IReadOnlyList<Step>> lanes =
        [
            .. missing.Select(one => StandbyPlan.Grow(now, one, primary)),
            .. RejoinPlan.Lanes(now, primary),
        ];
        // Started by hand before the result of its job was read.
        lanes.AddRange(now.Seen.Inventory.Jobs.Where(job => now.Seen.Answer(job.Instance) is not null)
            .Select(IReadOnlyList<Step> (job) => [new Step.EndJob(job.Instance, "the instance runs")]));
        if (now.Seen.ApplicationReady.Is(false) && !now.DatabaseIsGone)
        {
            lanes.Add([new Step.EnsureDatabase()]);
        }

        return lanes.Count == 0 ? AwaitStandbys(now, primary)
            : now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(new Step.Together(lanes));
    }

    /// <summary>Whether its job has ended or has to be started. While the job runs there is nothing to do.</summary>
    private static bool IsToBeMade(Situation now, string one, string primary) => JobChecks.Of(now, one, primary) switch
    {
        { Runs: true } => false,
        { Runs: false } => true,
        null => !now.Seen.KeptData.ContainsKey(one) && RejoinPlan.WhyNoCopy(now, one) is null,
    };

    private static string Waiting(Situation now, string one, string primary) =>
        JobChecks.Of(now, one, primary) is { StartProblem: { } problem }
            ? $"{one} (it is being made from {primary}; the job cannot start: {problem})"
        : JobChecks.Of(now, one, primary) is not null
            ? $"{one} (it is being made from {primary}{(JobChecks.Progress(now, one) is { } copied ? $": {copied}" : "")})"
        : RejoinPlan.WhyKept(now, one) is { } why ? $"{one} ({why})"
        : RejoinPlan.RemainingDelay(now, one) is not null ? $"{one} (its rejoin is delayed briefly, so that clients reconnect first)"
        : one;

    private static Verdict AwaitStandbys(Situation now, string primary)
    {
        var stopped = now.Members
            .Where(one => one != primary && now.Seen.Answer(one) is not { InRecovery: true, Streaming: true })
            .ToList();
        var waiting = stopped.Select(one => Waiting(now, one, primary)).ToList();
        var rest = now.Members.Select(one => RejoinPlan.RemainingDelay(now, one)).Max();
        var starting = now.Seen.Inventory.Pods.Any(pod => now.Now - pod.StartedAt < RecentStart);
        var causes = ServingChecks.Causes(now, stopped.Where(one => JobChecks.Of(now, one, primary) is null));
        var why = $"{string.Join(", ", waiting)} not streaming yet{causes}";
        // Any other step would take the machine from the clients, too.
        return rest is { } moment ? Verdict.Wait(moment, why)
            : waiting.Count > 0 ? new Verdict
            {
                LookAgain = StartingChecks.NextLook(now, stopped, otherwise: starting ? RecentStartPollInterval : PollInterval),
                Why = why,
            }
            : Verdict.Nothing;
    }
}
