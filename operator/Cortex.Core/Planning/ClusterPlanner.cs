using Cortex.Core.Api;
using Cortex.Core.Planning.Policies;

namespace Cortex.Core.Planning;

/// <summary>From what is wished and what is seen to what is done: an ordered list of named policies, each a pure function.</summary>
public static class ClusterPlanner
{
    private static readonly (string Name, Func<Situation, Verdict> Decide)[] Policies =
    [
        ("clean-up", Deletion.CleanUp),                            // a resource on its way out gets nothing new
        ("forget-lost", Services.ForgetLost),                      // the user's word on machines that are off, before anything waits for them
        ("fence-second-primary", Fencing.FenceSecondPrimary),      // never two writers, whatever else is wrong
        ("clear-fenced", Fencing.ClearFenced),                     // before anybody is promoted: one that somebody started again may not be seen writing
        ("finish-promotion", Promotion.Finish),                    // what was begun, before what is wished: nobody writes until it is done
        ("route", Services.Route),                                 // clients find whoever leads, whatever else is wrong
        ("validate", Validation.Refuse),                           // the impossible changes nothing
        ("respect-others", Validation.RespectOthers),              // names taken by somebody else
        ("refuse-image", Validation.RefuseImage),
        ("begin-promotion", PromotionWish.Begin),                  // before repairs: it may be why things are broken
        ("refuse-major-version", Validation.RefuseMajorVersion),   // what runs is kept alive; a promotion needs no image
        ("lay-foundations", Foundations.Lay),                      // network, passwords, certificates
        ("arrange-objects", Services.Arrange),                     // services, before pods that look for each other by them
        ("grow-volumes", Volumes.Grow),                            // before starts and waits: a full volume may be why nobody answers
        ("adopt", Adoption.Adopt),                                 // what is there already, before anything is made
        ("lead", Promotion.Lead),
        ("create-primary", Topology.CreatePrimary),
        ("release-writers", Synchrony.Suspend),                    // before whatever takes long: clients wait
        ("restart-stopped", Topology.RestartStopped),
        ("grow-standbys", Topology.GrowStandbys),
        ("shrink", Topology.Shrink),
        ("arrange-slots", Slots.Arrange),
        ("discard-old-copies", Rejoin.DiscardOldCopies),
        ("configure", Configuration.Load),
        ("settle-synchrony", Synchrony.Settle),                    // what was loaded is proven before it is relied on
        ("roll", Rollout.Roll),                                    // what a reload cannot bring, when all else is as it should be
    ];

    /// <summary>The names of the policies, in the order in which they are asked.</summary>
    public static IReadOnlyList<string> PolicyNames { get; } = [.. Policies.Select(policy => policy.Name)];

    /// <summary>The plan of one pass.</summary>
    public static Plan Plan(CortexCluster cluster, Observation seen, DateTimeOffset now)
    {
        var situation = new Situation(cluster, seen, now);
        List<Step> steps = [];
        List<Hold> holds = [];
        Refusal? blocked = null;
        foreach (var (name, decide) in Policies)
        {
            var verdict = decide(situation);
            steps.AddRange(verdict.Steps);
            blocked ??= verdict.PromotionBlocked;
            if (verdict is { LookAgain: { } after, Why: { } why })
            {
                holds.Add(new Hold(name, after, why));
            }

            if (verdict.Last)
            {
                return new Plan { Steps = steps, Holds = holds, Refusal = verdict.Refusal, PromotionBlocked = blocked };
            }
        }

        return new Plan { Steps = steps, Holds = holds, PromotionBlocked = blocked };
    }
}
