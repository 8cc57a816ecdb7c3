using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Planning.Policies;

/// <summary>A resource on its way out: what goes, and what stays.</summary>
internal static class Deletion
{
    /// <summary>Pods and secrets go always; the data only on the user's word (invariant I3).</summary>
    public static Verdict CleanUp(Situation now)
    {
        if (now.Cluster.Metadata.DeletionTimestamp is null)
        {
            return Verdict.Nothing;
        }

        var pods = now.Seen.Inventory.Pods.Select(pod => pod.Instance).ToList();
        // The primary last: its standbys then hold all that it ever acknowledged.
        var ordered = pods.Where(pod => pod != now.Status.Primary).Concat(pods.Where(pod => pod == now.Status.Primary));
        List<Step> steps = [.. ordered.Select(pod => new Step.RemovePod(pod))];
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
}
