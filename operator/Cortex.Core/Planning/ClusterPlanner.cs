using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Backup;
using Cortex.Core.Planning.Policies.Instances;
using Cortex.Core.Planning.Policies.Lifecycle;
using Cortex.Core.Planning.Policies.Objects;
using Cortex.Core.Planning.Policies.Promotion;
using Cortex.Core.Planning.Policies.Safety;
using Cortex.Core.Planning.Policies.Settings;
using Cortex.Core.Planning.Policies.Synchrony;

namespace Cortex.Core.Planning;

/// <summary>
/// Derives the plan of a pass from the resource and the observation: an ordered list of named policies, each a pure function.
/// </summary>
public static class ClusterPlanner
{
    private static readonly (string Name, Func<Situation, Verdict> Decide)[] Policies =
    [
        ("clean-up", CleanUp.Decide),                           // a resource that is being deleted gets nothing new
        ("forget-lost", ForgetLost.Decide),                     // machines that the user has declared off, before any step waits for them
        ("fence-second-primary", FenceSecondPrimary.Decide),    // never two writers, whatever else is wrong
        ("clear-fenced", ClearFenced.Decide),                   // before a promotion: a restarted pod may write without being seen
        ("finish-promotion", FinishPromotion.Decide),           // what was begun before what is requested: no instance writes until then
        ("route", Route.Decide),                                // clients find the primary, whatever else is wrong
        ("validate", Validate.Decide),                          // an impossible request changes nothing
        ("respect-others", RespectOthers.Decide),               // names taken by another owner
        ("refuse-image", RefuseImage.Decide),
        ("refuse-restore", RefuseRestore.Decide),               // before anything is made: the request can still be corrected
        ("begin-promotion", BeginPromotion.Decide),             // before repairs: it may be why things are broken
        ("refuse-major-version", RefuseMajorVersion.Decide),    // what runs is kept alive; a promotion needs no image
        ("lay-foundations", LayFoundations.Decide),             // network, passwords, certificates
        ("arrange-objects", ArrangeObjects.Decide),             // services, before pods that look for each other by them
        ("grow-volumes", GrowVolumes.Decide),                   // before starts and waits: a server may fail because its volume is full
        ("adopt", Adopt.Decide),                                // what is there already, before anything is created
        ("lead", Lead.Decide),
        ("create-primary", CreatePrimary.Decide),
        ("release-writers", ReleaseWriters.Decide),             // before any long step: clients wait
        ("restart-stopped", RestartStopped.Decide),
        ("grow-standbys", GrowStandbys.Decide),
        ("shrink", Shrink.Decide),
        ("arrange-slots", ArrangeSlots.Decide),
        ("discard-old-copies", DiscardOldCopies.Decide),
        ("configure", Configure.Decide),
        ("settle-synchrony", SettleSynchrony.Decide),           // what was loaded is proven before it is relied on
        ("roll", Roll.Decide),                                  // what a reload cannot bring, when all else is as it should be
        ("prepare-repository", PrepareRepository.Decide),       // last: a repository with problems delays nothing else
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
