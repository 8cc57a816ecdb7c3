using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Settings;
using Cortex.Core.Planning.Policies.Synchrony;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Removes instances beyond spec.instances, never the primary; their data only if deletionPolicy says so.</summary>
internal static class Shrink
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    public static Verdict Decide(Situation now)
    {
        if (PrimaryRules.LeftOut(now.Cluster) is { } left)
        {
            // Before anything is removed, so that a refused edit removes nothing. The members continue, and load certificates that were
            // renewed.
            return Verdict.Refuse(Refusal.Of(Reasons.InvalidSpec, left)) with { Steps = Loading(now) };
        }

        var held = SynchronyRecord.Holders(now).Except(now.Members).ToList();
        bool IsSurplus(string instance) => !now.Members.Contains(instance) && !held.Contains(instance);
        var surplus = now.Seen.Inventory.Pods.Select(pod => pod.Instance).Where(IsSurplus).ToList();
        // A volume outlives its pod when the operator is interrupted between the two removals.
        var volumes = now.Seen.Inventory.Volumes.Select(volume => volume.Instance)
            .Where(found => now.Spec.DeletionPolicy == DeletionPolicy.Delete && IsSurplus(found));
        var jobs = now.Seen.Inventory.Jobs.Select(job => job.Instance).Where(IsSurplus);
        List<Step> steps =
        [
            .. jobs.Select(job => new Step.EndJob(job, "it is no longer requested")),
            .. surplus.Select(name => new Step.RemovePod(name)),
            .. volumes.Select(volume => new Step.DeleteVolume(volume)),
        ];
        if (steps.Count > 0)
        {
            return Verdict.DoAndLook(steps);
        }

        if (held.Count > 0)
        {
            return new Verdict
            {
                LookAgain = PollInterval,
                Why = $"{string.Join(", ", held)} may have the only copy of an acknowledged commit, "
                    + "and is removed once another standby has it",
            };
        }

        return Verdict.Nothing;
    }

    private static IReadOnlyList<Step> Loading(Situation now) =>
        now.WithoutImage is null && ConfigurationChecks.WhyNot(now) is null ? ConfigurationPlan.LoadStale(now) : [];
}
