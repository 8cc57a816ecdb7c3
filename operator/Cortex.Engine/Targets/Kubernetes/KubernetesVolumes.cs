using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Runtime;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// The claims of the instances. One that was deleted stays until no pod uses it (https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection),
/// and no pod can be placed on it any more: it counts as gone, and a new one waits until it is.
/// </summary>
internal sealed class KubernetesVolumes(KubernetesObjects objects, TimeProvider clock)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <summary>Where the pods that used it are gone, the rest takes a controller a moment.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<VolumeSeen>> ListAsync(ClusterKey cluster, CancellationToken ct) =>
        [.. (await objects.Claims.ListAsync(cluster.Namespace, ct, Labels.Of(cluster)))
            .Where(claim => !IsGoing(claim) && claim.Metadata.Labels.ContainsKey(Labels.Instance))
            .Select(claim => new VolumeSeen(claim.Metadata.Name, claim.Metadata.Labels[Labels.Instance]))];

    /// <summary>A claim that is there keeps its size and class: to change them is not for an operator to try.</summary>
    public async Task EnsureAsync(ClusterKey cluster, string instance, VolumeWish wish, CancellationToken ct)
    {
        var there = await FindAsync(cluster, instance, ct);
        if (there is not null && IsGoing(there))
        {
            await AwaitGoneAsync(there, ct);
            there = null;
        }

        if (there is null)
        {
            await objects.Claims.ApplyAsync(VolumeClaim.Render(cluster, instance, wish), KubernetesObjects.FieldManager, ct);
        }
    }

    public async Task DeleteAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        if (await FindAsync(cluster, instance, ct) is { } claim)
        {
            await objects.Claims.DeleteAsync(ObjectKey.Of(claim), claim.Metadata.Uid, ct);
        }
    }

    /// <summary>Sees those gone that were deleted, once no pod is left that could hold them.</summary>
    public async Task AwaitGoneAsync(ClusterKey cluster, CancellationToken ct)
    {
        foreach (var claim in (await objects.Claims.ListAsync(cluster.Namespace, ct, Labels.Of(cluster))).Where(IsGoing))
        {
            await AwaitGoneAsync(claim, ct);
        }
    }

    private async Task AwaitGoneAsync(V1PersistentVolumeClaim claim, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (await objects.Claims.GetAsync(ObjectKey.Of(claim), ct) is { } now && now.Metadata.Uid == claim.Metadata.Uid)
        {
            if (clock.GetElapsedTime(began) > Settling)
            {
                throw new TargetException(
                    $"the claim {claim.Metadata.Name} was deleted and is still there after {Settling.TotalSeconds:0} s; kubectl describe pvc {claim.Metadata.Name} says which pod uses it");
            }

            await Task.Delay(Glance, clock, ct);
        }
    }

    private static bool IsGoing(V1PersistentVolumeClaim claim) => claim.Metadata.DeletionTimestamp is not null;

    private async Task<V1PersistentVolumeClaim?> FindAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        var claim = await objects.Claims.GetAsync(new ObjectKey(cluster.Namespace, Names.Volume(instance)), ct);
        if (claim is not null)
        {
            Ownership.Demand(cluster, claim.Metadata.Labels as IReadOnlyDictionary<string, string>, "volume", claim.Metadata.Name);
        }

        return claim;
    }
}
