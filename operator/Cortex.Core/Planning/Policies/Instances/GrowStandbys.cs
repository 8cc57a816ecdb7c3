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
        var missing = now.Wanted.Where(one => one != primary && !now.IsFenced(one) && now.Seen.Inventory.Pod(one) is null && !now.Seen.KeptData.ContainsKey(one) && RejoinPlan.WhyNoCopy(now, one) is null).ToList();
        List<IReadOnlyList<Step>> lanes = [.. missing.Select(one => StandbyPlan.Grow(one, primary)), .. RejoinPlan.Lanes(now, primary)];
        if (now.Seen.ApplicationReady.Is(false) && !now.DatabaseIsGone)
        {
            lanes.Add([new Step.EnsureDatabase()]);
        }

        return lanes.Count > 0 ? now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(new Step.Together(lanes)) : AwaitStandbys(now, primary);
    }

    private static Verdict AwaitStandbys(Situation now, string primary)
    {
        var waiting = now.Wanted
            .Where(one => one != primary && now.Seen.Answer(one) is not { InRecovery: true, Streaming: true })
            .Select(one => RejoinPlan.WhyKept(now, one) is { } why ? $"{one} ({why})" : RejoinPlan.Rest(now, one) is null ? one : $"{one} (left alone for a moment, for clients come first)")
            .ToList();
        var rest = now.Wanted.Select(one => RejoinPlan.Rest(now, one)).Max();
        var starting = now.Seen.Inventory.Pods.Any(pod => now.Now - pod.StartedAt < Running);
        var why = $"{string.Join(", ", waiting)} not streaming yet{ServingChecks.Words(now, waiting)}";
        // Whatever else there is to do takes the machine from the clients, too.
        return rest is { } moment ? Verdict.Wait(moment, why)
            : waiting.Count > 0 ? new Verdict { LookAgain = starting ? Glance : Patiently, Why = why }
            : Verdict.Nothing;
    }
}
