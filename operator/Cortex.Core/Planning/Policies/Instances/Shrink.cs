using Cortex.Core.Api;
using Cortex.Core.Planning.Policies.Settings;
using Cortex.Core.Planning.Policies.Synchrony;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Instances beyond spec.instances go, never the primary; their data only by deletionPolicy.</summary>
internal static class Shrink
{
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(5);

    public static Verdict Decide(Situation now)
    {
        if (PrimaryWishes.LeftOut(now.Cluster) is { } left)
        {
            // Before anything goes: what is refused has removed nothing. The members serve on, and load certificates that were renewed.
            return Verdict.Refuse(Reasons.InvalidSpec, left.ToString()) with { Steps = Loading(now) };
        }

        var held = SynchronyRecord.Holders(now).Except(now.Wanted).ToList();
        var surplus = now.Seen.Inventory.Pods.Select(pod => pod.Instance).Where(one => !now.Wanted.Contains(one) && !held.Contains(one)).ToList();
        // A volume outlives its pod when whoever deletes them is cut off in between.
        var volumes = now.Seen.Inventory.Volumes.Select(volume => volume.Instance)
            .Where(one => now.Spec.DeletionPolicy == DeletionPolicy.Delete && !now.Wanted.Contains(one) && !held.Contains(one));
        var jobs = now.Seen.Inventory.Jobs.Select(job => job.Instance).Where(one => !now.Wanted.Contains(one) && !held.Contains(one));
        List<Step> steps = [.. jobs.Select(one => new Step.EndJob(one, "it is not asked for any more")), .. surplus.Select(one => new Step.RemovePod(one)), .. volumes.Select(one => new Step.DeleteVolume(one))];
        if (steps.Count > 0)
        {
            return Verdict.DoAndLook(steps);
        }

        if (held.Count > 0)
        {
            return new Verdict { LookAgain = Patiently, Why = $"{string.Join(", ", held)} may have the only copy of an acknowledged commit, and goes once another standby has it" };
        }

        return Verdict.Nothing;
    }

    private static IReadOnlyList<Step> Loading(Situation now) =>
        now.WithoutImage is null && ConfigurationChecks.WhyNot(now) is null ? ConfigurationPlan.LoadStale(now) : [];
}
