using Cortex.Core.Planning.Policies.Settings;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>
/// Creates missing standbys from the primary, and brings back those that cannot follow it: all at once, while the application's database is
/// created.
/// </summary>
internal static class GrowStandbys
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    public static Verdict Decide(Situation now)
    {
        var primary = now.Status.Primary!;
        var missing = now.Members
            .Where(instance => instance != primary && !now.IsFenced(instance) && now.Seen.Inventory.Pod(instance) is null)
            .Where(instance => IsToBeMade(now, instance, primary))
            .ToList();
        List<IReadOnlyList<Step>> lanes =
        [
            .. missing.Select(instance => StandbyPlan.Grow(now, instance, primary)),
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
    private static bool IsToBeMade(Situation now, string instance, string primary) => JobChecks.Of(now, instance, primary) switch
    {
        { Runs: true } => false,
        { Runs: false } => true,
        null => !now.Seen.KeptData.ContainsKey(instance) && RejoinPlan.WhyNoCopy(now, instance) is null,
    };

    private static string Waiting(Situation now, string instance, string primary) =>
        JobChecks.Of(now, instance, primary) is { StartProblem: { } problem }
            ? $"{instance} (it is being made from {primary}; the job cannot start: {problem})"
        : JobChecks.Of(now, instance, primary) is not null
            ? $"{instance} (it is being made from {primary}{(JobChecks.Progress(now, instance) is { } copied ? $": {copied}" : "")})"
        : RejoinPlan.WhyKept(now, instance) is { } why ? $"{instance} ({why})"
        : RejoinPlan.RemainingDelay(now, instance) is not null
            ? $"{instance} (its rejoin is delayed briefly, so that clients reconnect first)"
        : instance;

    private static Verdict AwaitStandbys(Situation now, string primary)
    {
        var notStreaming = now.Members
            .Where(instance => instance != primary && now.Seen.Answer(instance) is not { IsStreamingStandby: true })
            .ToList();
        var waiting = notStreaming.Select(instance => Waiting(now, instance, primary)).ToList();
        var rejoinDelay = now.Members.Select(instance => RejoinPlan.RemainingDelay(now, instance)).Max();
        var causes = ServingChecks.Causes(now, notStreaming.Where(instance => JobChecks.Of(now, instance, primary) is null));
        var why = $"{string.Join(", ", waiting)} not streaming yet{causes}";
        // Any other step would take the machine from the clients, too.
        return rejoinDelay is { } delay ? Verdict.Wait(delay, why)
            : waiting.Count > 0 ? new Verdict
            {
                LookAgain = StartingChecks.NextLookAtStandbys(now, notStreaming, otherwise: PollInterval),
                Why = why,
            }
            : Verdict.Nothing;
    }
}
