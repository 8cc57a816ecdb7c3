using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Reads and writes the objects of one kind. Refusals are <see cref="KubernetesException"/>; transport errors pass through. A conflict is
/// retried by reading again only where the change does not depend on what was read: finalizers.
/// </summary>
/// <param name="kind">Where the API has them, if not where the type says: an older version, say.</param>
public sealed class ResourceClient<T>(ApiConnection api, ResourceKind? kind = null) where T : class, IKubernetesObject<V1ObjectMeta>
{
    private const string Json = "application/json";
    private const int ConflictRetries = 5;

    private ResourceKind Kind { get; } = kind ?? ResourceKind.Of<T>();

    /// <returns>Null when there is no such object.</returns>
    public async Task<T?> GetAsync(ObjectKey key, CancellationToken ct) =>
        await OrNullAsync(() => api.GetAsync(Kind.ObjectPath(key), ct));

    /// <summary>Listens for changes of one object until it is disposed.</summary>
    public ObjectChanges<T> ChangesOf(ObjectKey key, TimeProvider clock) =>
        new(
            api,
            $"{Kind.CollectionPath(key.Namespace)}?watch=true&fieldSelector={Uri.EscapeDataString($"metadata.name={key.Name}")}",
            clock);

    /// <summary>All objects of a namespace, or of every namespace when it is empty, read in pages.</summary>
    /// <param name="labels">Only those that carry these.</param>
    public async Task<IReadOnlyList<T>> ListAsync(string ns, CancellationToken ct, IReadOnlyDictionary<string, string>? labels = null)
    {
        var found = new List<T>();
        var query = labels is null
            ? ""
            : $"&labelSelector={Uri.EscapeDataString(string.Join(',', labels.Select(one => $"{one.Key}={one.Value}")))}";
        await foreach (var page in ListPages.ReadAsync(api, Kind.CollectionPath(ns), query, ct))
        {
            found.AddRange(page.Items.Select(item => WithKind(Read(item))));
        }

        return found;
    }

    /// <summary>
    /// Makes the object say what <paramref name="wanted"/> says, and leaves to others what it does not mention
    /// (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
    /// </summary>
    /// <param name="manager">Under whose name the fields are owned; another's claim on them ends.</param>
    public async Task<T> ApplyAsync(T wanted, string manager, CancellationToken ct) => Read(await api.SendAsync(
        HttpMethod.Patch,
        $"{Kind.ObjectPath(ObjectKey.Of(wanted))}?fieldManager={Uri.EscapeDataString(manager)}&force=true",
        KubernetesJson.Serialize(WithKind(wanted)),
        ApiConnection.ApplyPatch,
        ct));

    /// <exception cref="KubernetesException">Conflict: an object of the name exists.</exception>
    public async Task<T> CreateAsync(T item, CancellationToken ct) =>
        Read(
            await api.SendAsync(
                HttpMethod.Post, Kind.CollectionPath(ObjectKey.Of(item).Namespace), KubernetesJson.Serialize(WithKind(item)), Json, ct));

    /// <summary>Asks for deletion; an object with finalizers stays until they are gone.</summary>
    /// <param name="uid">When given, only this incarnation is deleted, never a newer one of the same name.</param>
    /// <param name="graceSeconds">How long a pod's containers may take to end; 0 takes a pod away without asking its machine.</param>
    /// <returns>False when there was no such object.</returns>
    public async Task<bool> DeleteAsync(ObjectKey key, string? uid, CancellationToken ct, long? graceSeconds = null)
    {
        var options = new V1DeleteOptions
        {
            ApiVersion = "v1",
            Kind = "DeleteOptions",
            GracePeriodSeconds = graceSeconds,
            Preconditions = uid is null ? null : new V1Preconditions { Uid = uid },
        };
        try
        {
            await api.SendAsync(HttpMethod.Delete, Kind.ObjectPath(key), KubernetesJson.Serialize(options), Json, ct);
            return true;
        }
        catch (KubernetesException e) when (e.Is(HttpStatusCode.NotFound))
        {
            return false;
        }
    }

    /// <summary>Applies a JSON merge patch to the object.</summary>
    /// <returns>The object as it is now; null when there is none.</returns>
    public Task<T?> PatchAsync(ObjectKey key, JsonObject patch, CancellationToken ct) => PatchAsync(Kind.ObjectPath(key), patch, ct);

    /// <summary>
    /// Writes the status by the difference to what it was, so that fields which are gone go, and an equal status writes nothing.
    /// </summary>
    /// <param name="before">The status as last read; null when there was none.</param>
    /// <param name="resourceVersion">When given, the write is refused with a conflict if the object has changed since: that look was
    /// stale.</param>
    /// <returns>The object as stored; null when there was nothing to write, or the object is gone.</returns>
    public async Task<T?> PatchStatusAsync(ObjectKey key, object? before, object after, string? resourceVersion, CancellationToken ct)
    {
        if (MergeDiff.Between(Node(before), Node(after)!) is not { } difference)
        {
            return null;
        }

        var patch = new JsonObject { ["status"] = difference };
        if (resourceVersion is not null)
        {
            patch["metadata"] = new JsonObject { ["resourceVersion"] = resourceVersion };
        }

        return await PatchAsync(Kind.ObjectPath(key, "status"), patch, ct);
    }

    /// <summary>
    /// Makes sure the object carries the finalizer. An object on its way out is left alone: the API takes no new ones then.
    /// </summary>
    /// <returns>The object as it is now; null when there is none.</returns>
    public Task<T?> AddFinalizerAsync(ObjectKey key, string finalizer, CancellationToken ct) => ChangeFinalizersAsync(key,
        item => item.Metadata.DeletionTimestamp is not null || Finalizers(item).Contains(finalizer)
            ? null
            : [.. Finalizers(item), finalizer], ct);

    /// <summary>Makes sure the object does not carry the finalizer, which may be what lets it go.</summary>
    /// <returns>The object as it is now, or was last; null when there is none.</returns>
    public Task<T?> RemoveFinalizerAsync(ObjectKey key, string finalizer, CancellationToken ct) => ChangeFinalizersAsync(key,
        item => Finalizers(item).Contains(finalizer) ? [.. Finalizers(item).Where(f => f != finalizer)] : null, ct);

    private static IList<string> Finalizers(T item) => item.Metadata.Finalizers ?? [];

    private async Task<T?> ChangeFinalizersAsync(ObjectKey key, Func<T, string[]?> wanted, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var item = await GetAsync(key, ct);
            if (item is null || wanted(item) is not { } finalizers)
            {
                return item;
            }

            // A merge patch replaces the whole list: without the version it would drop a finalizer that another just added.
            var metadata = new JsonObject
            {
                ["resourceVersion"] = item.Metadata.ResourceVersion,
                ["finalizers"] = new JsonArray([.. finalizers.Select(f => JsonValue.Create(f))]),
            };
            try
            {
                return await PatchAsync(key, new JsonObject { ["metadata"] = metadata }, ct);
            }
            catch (KubernetesException e) when (e.Is(HttpStatusCode.Conflict) && attempt < ConflictRetries)
            {
            }
        }
    }

    private async Task<T?> PatchAsync(string path, JsonObject patch, CancellationToken ct) =>
        await OrNullAsync(() => api.SendAsync(HttpMethod.Patch, path, patch.ToJsonString(), ApiConnection.MergePatch, ct));

    private static async Task<T?> OrNullAsync(Func<Task<JsonElement>> request)
    {
        try
        {
            return Read(await request());
        }
        catch (KubernetesException e) when (e.Is(HttpStatusCode.NotFound))
        {
            return null;
        }
    }

    private T WithKind(T item)
    {
        item.ApiVersion = Kind.ApiVersion;
        item.Kind = Kind.Kind;
        return item;
    }

    private static T Read(JsonElement json) => KubernetesJson.Deserialize<T>(json);

    private static JsonObject? Node(object? value) => value is null ? null : JsonNode.Parse(KubernetesJson.Serialize(value))!.AsObject();
}
