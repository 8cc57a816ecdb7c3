using System.Net;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Memory;
using Cortex.Runtime;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// The claims of the instances. One that was deleted stays until no pod uses it
/// (https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection), and no pod can be placed on it any
/// more: it counts as gone, and a new one waits until it is.
/// </summary>
internal sealed class KubernetesVolumes(KubernetesObjects objects, TimeProvider clock, ClusterMemory memory)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <summary>Where the pods that used it are gone, the rest takes a controller a moment.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    /// <summary>A class that lets volumes grow by then, or a quota that has room, is found out by asking again.</summary>
    private static readonly TimeSpan RefusalStands = TimeSpan.FromSeconds(30);

    /// <summary>By the uid of the claim.</summary>
    private readonly Notes<(long At, GrowthRefused Is)> refusals = memory.Part<(long, GrowthRefused)>();

    public async Task<IReadOnlyList<VolumeSeen>> ListAsync(ClusterKey cluster, CancellationToken ct) =>
        [.. (await objects.Claims.ListAsync(cluster.Namespace, ct, Labels.Of(cluster)))
            .Where(claim => !IsGoing(claim) && claim.Metadata.Labels.ContainsKey(Labels.Instance))
            .Select(claim => new VolumeSeen(claim.Metadata.Name, claim.Metadata.Labels[Labels.Instance])
            {
                // The request of a claim that has no volume yet cannot be changed.
                Size = claim.Status?.Phase == "Bound" ? claim.Spec.Resources?.Requests?["storage"]?.ToString() : null,
                Refused = Standing(cluster, claim),
            })];

    /// <summary>A claim that is there keeps its class, and its size until <see cref="GrowAsync"/>.</summary>
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

    public async Task<string?> GrowAsync(ClusterKey cluster, string instance, string size, CancellationToken ct)
    {
        if (await FindAsync(cluster, instance, ct) is not { } claim)
        {
            return null;
        }

        var requests = new JsonObject { ["storage"] = size };
        var request = new JsonObject { ["spec"] = new JsonObject { ["resources"] = new JsonObject { ["requests"] = requests } } };
        try
        {
            await objects.Claims.PatchAsync(ObjectKey.Of(claim), request, ct);
            return null;
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.Forbidden) || refusal.Is(HttpStatusCode.UnprocessableEntity))
        {
            refusals.Set(cluster, claim.Metadata.Uid, (clock.GetTimestamp(), new GrowthRefused(size, refusal.Message)));
            return refusal.Message;
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
        if (!await Until.HoldsAsync(IsGoneAsync, Settling, Glance, clock, ct))
        {
            throw new TargetException(
                $"the claim {claim.Metadata.Name} was deleted and is still there after {Settling.TotalSeconds:0} s",
                $"kubectl describe pvc {claim.Metadata.Name} says which pod uses it");
        }

        async Task<bool> IsGoneAsync() => (await objects.Claims.GetAsync(ObjectKey.Of(claim), ct))?.Metadata.Uid != claim.Metadata.Uid;
    }

    private GrowthRefused? Standing(ClusterKey cluster, V1PersistentVolumeClaim claim) =>
        refusals.TryGet(cluster, claim.Metadata.Uid, out var refusal) && clock.GetElapsedTime(refusal.At) < RefusalStands
            ? refusal.Is
            : null;

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
