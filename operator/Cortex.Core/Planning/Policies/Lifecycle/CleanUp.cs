using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>What is removed, and what stays, when a resource is deleted.</summary>
internal static class CleanUp
{
    /// <summary>Pods and secrets are always removed; the data only if the user says so (invariant I3).</summary>
    public static Verdict Decide(Situation now)
    {
        if (now.Cluster.Metadata.DeletionTimestamp is null)
        {
            return Verdict.Nothing;
        }

        var pods = now.Seen.Inventory.Pods.Select(pod => pod.Instance).ToList();
        // The primary last: if the volumes are adopted again, one of them contains every acknowledged commit.
        List<Step> steps =
        [
            .. now.Seen.Inventory.Jobs.Select(job => new Step.EndJob(job.Instance, "the cluster is deleted")),
            .. Remove(pods.Where(pod => pod != now.Status.Primary)),
            .. Remove(pods.Where(pod => pod == now.Status.Primary)),
        ];
        if (now.Spec.DeletionPolicy == DeletionPolicy.Delete)
        {
            steps.AddRange(now.Seen.Inventory.Volumes.Select(volume => new Step.DeleteVolume(volume.Instance)));
        }

        steps.AddRange(now.Seen.Inventory.Secrets.Select(secret => new Step.DeleteSecret(secret.Name)));
        if (now.Seen.Inventory.NetworkExists)
        {
            steps.Add(new Step.DeleteNetwork());
        }

        return Verdict.DoAndLook([.. steps, new Step.Release()]);
    }

    private static IEnumerable<Step> Remove(IEnumerable<string> pods)
    {
        List<IReadOnlyList<Step>> lanes = [.. pods.Select(IReadOnlyList<Step> (pod) => [new Step.RemovePod(pod)])];
        return lanes.Count > 1 ? [new Step.Together(lanes)] : lanes.SelectMany(lane => lane);
    }
}
