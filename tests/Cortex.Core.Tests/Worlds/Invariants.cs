using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests.Worlds;

/// <summary>What must hold for every plan and for every change of the world.</summary>
internal static class Invariants
{
    /// <summary>What the plan alone shows: its order must be safe.</summary>
    public static void OfPlan(Plan plan, Situation now)
    {
        var promotion = now.Status.Promotion;
        var fenced = now.Status.Fenced.ToHashSet();
        HashSet<string> stopped = [];
        foreach (var step in plan.Flat())
        {
            switch (step)
            {
                case Step.BeginPromotion beginPromotion: (promotion, _) = (Begun(beginPromotion), fenced.Add(beginPromotion.From)); break;
                case Step.AbandonPromotion abandonPromotion: (promotion, _) = (null, fenced.Remove(abandonPromotion.From)); break;
                case Step.DecideRejoined decideRejoined: fenced.Remove(decideRejoined.Instance); break;
                case Step.Join join:
                    Demand(MayJoin(join, now, fenced), $"{join.Says}, which is not fenced", plan);
                    break;
                case Step.DecideFenced decideFenced: fenced.Add(decideFenced.Instance); break;
                case Step.DecidePrimary decidePrimary: fenced.Remove(decidePrimary.Instance); break;
                case Step.Fence fence: stopped.Add(fence.Instance); break;
                case Step.HandOver handOver: stopped.Add(handOver.Instance); break;
                case Step.RecordFence recordFence:
                    Demand(stopped.Contains(recordFence.Instance), $"{recordFence.Says}, and it was not stopped before", plan);
                    break;
                case Step.CommitPromotion commitPromotion:
                    Demand(promotion is not null && stopped.Contains(promotion.From), NotStopped(commitPromotion, promotion), plan);
                    break;
                case Step.Promote promote:
                    var isTarget = promotion is null || (promotion.To == promote.Instance && stopped.Contains(promotion.From));
                    Demand(isTarget, NotStopped(promote, promotion), plan);
                    break;
                case Step.CompletePromotion completePromotion:
                    Demand(promotion is null || stopped.Contains(promotion.From), NotStopped(completePromotion, promotion), plan);
                    break;
                case Step.StartPod startPod when now.Seen.Inventory.Job(startPod.Instance) is { Runs: true }:
                    Demand(false, $"{startPod.Says}, on whose volume a job works", plan);
                    break;
                case Step.StartPod startPod: Demand(!fenced.Contains(startPod.Instance), $"{startPod.Says}, a former primary", plan); break;
                case Step.Initialise or Step.Restore or Step.FinishRestore:
                    Demand(now.Status.SystemIdentifier is null, $"{step.Says}, and the database system is known", plan);
                    break;
                case Step.AssignRoles or Step.ArrangeObjects or Step.GrowVolume or Step.ForgetPod:
                    Demand(now.Seen.Inventory.HasServices, $"{step.Says}, on a target without services", plan);
                    break;
                case Step.DeleteVolume one: Demand(MayDelete(one.Instance, now), $"{one.Says} against the user's word", plan); break;
            }
        }
    }

    /// <summary>What a step shows in the world.</summary>
    public static void OfChange(World before, World after, Step step)
    {
        OneWriter(before, after, step.Says);
        foreach (var one in before.Instances.Values.Where(one => one.Data?.System == Given.System && before.Spec.Bootstrap is not null))
        {
            var kept = after[one.Name].Data == one.Data;
            Demand(kept, $"I3: after \"{step.Says}\" the data that {one.Name} had before the restore are others");
        }

        if (step is Step.DecideRejoined { Instance: var rejoined })
        {
            Demand(after[rejoined].Data is not { Standby: false }, $"I1: {rejoined} is called a standby, and its data are a primary's");
        }

        if (step is Step.Promote { Instance: var to } && before.Status?.Promotion is { Kind: PromotionKind.Switchover, From: var from }
            && before[to].Data is { Standby: true } received && before[from].Data is { } sent && sent.Line == received.Line)
        {
            Demand(received.Lsn >= sent.Lsn, $"I2: {to} is promoted at {received.Lsn}, {from} wrote up to {sent.Lsn}");
        }

        if (step is Step.CommitPromotion { NothingLost: true, To: var whole } && after.Acknowledged is { } told)
        {
            Demand(
                after[whole].Data is { } has && has.Line.Contains(has.Lsn, told.Line, told.Lsn),
                $"I2: the receipt says that {whole} lacks nothing, and it lacks the write at {told.Lsn} of timeline {told.Line.Number}");
        }
    }

    /// <summary>I1, including instances that are suspended or cannot be reached.</summary>
    public static void OneWriter(World before, World after, string what)
    {
        var writers = after.Instances.Values.Where(instance => instance.MayWrite).Select(instance => instance.Name).ToList();
        var most = Math.Max(1, before.Instances.Values.Count(instance => instance.MayWrite));
        Demand(writers.Count <= most, $"I1: after \"{what}\" {string.Join(" and ", writers)} accept writes");
    }

    private static bool MayJoin(Step.Join step, Situation now, HashSet<string> fenced) =>
        step.Instance != now.Status.Primary && (fenced.Contains(step.Instance) || step.Existing == ExistingData.Trusted);

    private static string NotStopped(Step step, PromotionDecision? promotion) =>
        $"{step.Says}, and {promotion?.From} was not stopped before";

    private static PromotionDecision Begun(Step.BeginPromotion beginPromotion) =>
        new() { From = beginPromotion.From, To = beginPromotion.To, Kind = beginPromotion.Kind, RequestedAt = Given.Now };

    private static bool MayDelete(string instance, Situation now) => now.Spec.DeletionPolicy == DeletionPolicy.Delete
        && (now.Cluster.Metadata.DeletionTimestamp is not null
            || (instance != now.Status.Primary && Names.IndexOf(now.Name, instance) >= now.Spec.Instances));

    private static void Demand(bool holds, string otherwise, Plan? plan = null)
    {
        if (!holds)
        {
            var steps = plan is null ? "" : $". The plan: {string.Join("; ", plan.Flat().Select(step => step.Says))}";
            throw new BrokenInvariant($"{otherwise}{steps}");
        }
    }
}
