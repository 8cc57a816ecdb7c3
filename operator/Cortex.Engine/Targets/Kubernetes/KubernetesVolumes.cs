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
/// The claims of the instances. A deleted claim exists until no pod uses it
/// (https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection), and no new pod can use it: it counts
/// as gone, and a new claim of its name is made when it really is.
/// </summary>
internal sealed class KubernetesVolumes(KubernetesObjects objects, TimeProvider clock, ClusterMemory memory)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>The time for a controller to remove a deleted claim after its pods are gone.</summary>
    private static readonly TimeSpan RemovalLimit = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a refusal is reported. After it the request is repeated: the storage class or the quota may have changed.
    /// </summary>
    private static readonly TimeSpan RefusalLifetime = TimeSpan.FromSeconds(30);

    /// <summary>By the uid of the claim.</summary>
    private readonly Notes<(long At, GrowthRefused Is)> refusals = memory.Part<(long, GrowthRefused)>();

    public async Task<IReadOnlyList<VolumeSeen>> ListAsync(ClusterKey cluster, CancellationToken ct) =>
        [.. (await objects.Claims.ListAsync(cluster.Namespace, ct, Labels.Of(cluster)))
            .Where(claim => !IsBeingDeleted(claim) && claim.Metadata.Labels.ContainsKey(Labels.Instance))
            .Select(claim => new VolumeSeen(claim.Metadata.Name, claim.Metadata.Labels[Labels.Instance])
            {
                // The size of a claim without a volume cannot be changed yet.
                Size = claim.Status?.Phase == "Bound" ? claim.Spec.Resources?.Requests?["storage"]?.ToString() : null,
                Refused = RecentRefusal(cluster, claim),
            })];

    /// <summary>An existing claim keeps its class, and its size until <see cref="GrowAsync"/>.</summary>
    public async Task EnsureAsync(ClusterKey cluster, string instance, VolumeRequest request, CancellationToken ct)
    {
        var there = await FindAsync(cluster, Names.Volume(instance), ct);
        if (there is not null && IsBeingDeleted(there))
        {
            await AwaitGoneAsync(there, ct);
            there = null;
        }

        if (there is null)
        {
            await objects.Claims.ApplyAsync(VolumeClaim.Render(cluster, instance, request), KubernetesObjects.FieldManager, ct);
        }
    }

    public async Task<string?> GrowAsync(ClusterKey cluster, string instance, string size, CancellationToken ct)
    {
        if (await FindAsync(cluster, Names.Volume(instance), ct) is not { } claim)
        {
            return null;
        }

        var requests = new JsonObject { ["storage"] = size };
        var patch = new JsonObject { ["spec"] = new JsonObject { ["resources"] = new JsonObject { ["requests"] = requests } } };
        try
        {
            await objects.Claims.PatchAsync(ObjectKey.Of(claim), patch, ct);
            return null;
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.Forbidden) || refusal.Is(HttpStatusCode.UnprocessableEntity))
        {
            refusals.Set(cluster, claim.Metadata.Uid, (clock.GetTimestamp(), new GrowthRefused(size, refusal.Message)));
            return refusal.Message;
        }
    }

    /// <param name="name">Of the claim.</param>
    public async Task DeleteAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        if (await FindAsync(cluster, name, ct) is { } claim && !IsBeingDeleted(claim))
        {
            await objects.Claims.DeleteAsync(ObjectKey.Of(claim), claim.Metadata.Uid, ct);
        }
    }

    /// <summary>Returns when a claim that was deleted is gone; its pods must be gone before.</summary>
    /// <param name="name">Of the claim.</param>
    public async Task AwaitGoneAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        if (await FindAsync(cluster, name, ct) is { } claim)
        {
            await AwaitGoneAsync(claim, ct);
        }
    }

    /// <summary>Returns when the deleted claims are gone; their pods must be gone before.</summary>
    public async Task AwaitGoneAsync(ClusterKey cluster, CancellationToken ct)
    {
        foreach (var claim in (await objects.Claims.ListAsync(cluster.Namespace, ct, Labels.Of(cluster))).Where(IsBeingDeleted))
        {
            await AwaitGoneAsync(claim, ct);
        }
    }

    private async Task AwaitGoneAsync(V1PersistentVolumeClaim claim, CancellationToken ct)
    {
        if (!await Until.HoldsAsync(IsGoneAsync, RemovalLimit, PollInterval, clock, ct))
        {
            throw new TargetException(
                $"the claim {claim.Metadata.Name} was deleted and is still there after {RemovalLimit.TotalSeconds:0} s",
                $"kubectl describe pvc {claim.Metadata.Name} says which pod uses it");
        }

        async Task<bool> IsGoneAsync() => (await objects.Claims.GetAsync(ObjectKey.Of(claim), ct))?.Metadata.Uid != claim.Metadata.Uid;
    }

    private GrowthRefused? RecentRefusal(ClusterKey cluster, V1PersistentVolumeClaim claim) =>
        refusals.TryGet(cluster, claim.Metadata.Uid, out var refusal) && clock.GetElapsedTime(refusal.At) < RefusalLifetime
            ? refusal.Is
            : null;

    private static bool IsBeingDeleted(V1PersistentVolumeClaim claim) => claim.Metadata.DeletionTimestamp is not null;

    private async Task<V1PersistentVolumeClaim?> FindAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        var claim = await objects.Claims.GetAsync(new ObjectKey(cluster.Namespace, name), ct);
        if (claim is not null)
        {
            Ownership.Demand(cluster, claim.Metadata.Labels as IReadOnlyDictionary<string, string>, "volume", claim.Metadata.Name);
        }

        return claim;
    }
}
