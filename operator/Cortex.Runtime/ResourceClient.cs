using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Reads and writes the objects of one kind. Refusals are <see cref="KubernetesException"/>; transport errors pass through. After a
/// conflict the client reads and writes again only for finalizers, because that change does not depend on the rest of the object.
/// </summary>
/// <param name="kind">Where the API serves the objects, when that differs from the attribute on the type, for instance an older
/// version.</param>
public sealed class ResourceClient<T>(ApiConnection api, ResourceKind? kind = null) where T : class, IKubernetesObject<V1ObjectMeta>
{
    private const string Json = "application/json";
    private const int ConflictRetries = 5;

    private ResourceKind Kind { get; } = kind ?? ResourceKind.Of<T>();

    /// <returns>Null when the object does not exist.</returns>
    public async Task<T?> GetAsync(ObjectKey key, CancellationToken ct) =>
        await OrNullAsync(() => api.GetAsync(Kind.ObjectPath(key), ct));

    /// <summary>The metadata of an object alone, so that its content never reaches this program.</summary>
    /// <returns>Null when the object does not exist.</returns>
    public async Task<V1ObjectMeta?> GetMetadataAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            return KubernetesJson.Deserialize<MetadataAlone>(await api.GetMetadataAsync(Kind.ObjectPath(key), ct)).Metadata;
        }
        catch (KubernetesException exception) when (exception.Is(HttpStatusCode.NotFound))
        {
            return null;
        }
    }

    /// <summary>Listens for changes of one object until the result is disposed.</summary>
    public ObjectChanges<T> ChangesOf(ObjectKey key, TimeProvider clock) =>
        new(
            api,
            $"{Kind.CollectionPath(key.Namespace)}?watch=true&fieldSelector={Uri.EscapeDataString($"metadata.name={key.Name}")}",
            clock);

    /// <summary>All objects of a namespace, read in pages. An empty namespace means all namespaces.</summary>
    /// <param name="labels">Only objects with all of these labels.</param>
    public async Task<IReadOnlyList<T>> ListAsync(
        string namespaceName, CancellationToken ct, IReadOnlyDictionary<string, string>? labels = null)
    {
        var found = new List<T>();
        var query = labels is null
            ? ""
            : $"&labelSelector={Uri.EscapeDataString(string.Join(',', labels.Select(pair => $"{pair.Key}={pair.Value}")))}";
        await foreach (var page in ListPages.ReadAsync(api, Kind.CollectionPath(namespaceName), query, ct))
        {
            found.AddRange(page.Items.Select(item => WithKind(Read(item))));
        }

        return found;
    }

    /// <summary>
    /// Sets the fields that <paramref name="wanted"/> contains and leaves all other fields unchanged
    /// (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
    /// </summary>
    /// <param name="manager">The field manager that owns the fields afterwards, even if another manager owned them before.</param>
    public async Task<T> ApplyAsync(T wanted, string manager, CancellationToken ct) => Read(await api.SendAsync(
        HttpMethod.Patch,
        $"{Kind.ObjectPath(ObjectKey.Of(wanted))}?fieldManager={Uri.EscapeDataString(manager)}&force=true",
        KubernetesJson.Serialize(WithKind(wanted)),
        ApiConnection.ApplyPatch,
        ct));

    /// <exception cref="KubernetesException">Conflict: an object with this name exists.</exception>
    public async Task<T> CreateAsync(T item, CancellationToken ct) =>
        Read(
            await api.SendAsync(
                HttpMethod.Post, Kind.CollectionPath(ObjectKey.Of(item).Namespace), KubernetesJson.Serialize(WithKind(item)), Json, ct));

    /// <summary>Requests the deletion. An object with finalizers stays until they have been removed.</summary>
    /// <param name="uid">When given, only the object with this UID is deleted, never a newer object of the same name.</param>
    /// <param name="graceSeconds">How long a pod's containers may take to end. 0 removes the pod without waiting for its node.</param>
    /// <returns>False when the object did not exist.</returns>
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
        catch (KubernetesException exception) when (exception.Is(HttpStatusCode.NotFound))
        {
            return false;
        }
    }

    /// <summary>Applies a JSON merge patch to the object.</summary>
    /// <returns>The object after the change; null when it does not exist.</returns>
    public Task<T?> PatchAsync(ObjectKey key, JsonObject patch, CancellationToken ct) => PatchAsync(Kind.ObjectPath(key), patch, ct);

    /// <summary>
    /// Writes the difference between the old and the new status, so that removed fields are removed and an equal status causes no write.
    /// </summary>
    /// <param name="before">The status that was last read; null when the object had none.</param>
    /// <param name="resourceVersion">When given, the write fails with a conflict if the object has changed since that version.</param>
    /// <returns>The stored object; null when there was nothing to write, or the object does not exist.</returns>
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
    /// Adds the finalizer if the object does not have it. An object that is being deleted is left unchanged, because the API accepts no new
    /// finalizers for it.
    /// </summary>
    /// <returns>The object after the change; null when it does not exist.</returns>
    public Task<T?> AddFinalizerAsync(ObjectKey key, string finalizer, CancellationToken ct) => ChangeFinalizersAsync(key,
        item => item.Metadata.DeletionTimestamp is not null || Finalizers(item).Contains(finalizer)
            ? null
            : [.. Finalizers(item), finalizer], ct);

    /// <summary>Removes the finalizer if the object has it. An object that is being deleted may disappear by this.</summary>
    /// <returns>The object after the change, or its last state; null when it does not exist.</returns>
    public Task<T?> RemoveFinalizerAsync(ObjectKey key, string finalizer, CancellationToken ct) => ChangeFinalizersAsync(key,
        item => Finalizers(item).Contains(finalizer) ? [.. Finalizers(item).Where(name => name != finalizer)] : null, ct);

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

            // A merge patch replaces the whole list. Without the version it would drop a finalizer that another client has just added.
            var metadata = new JsonObject
            {
                ["resourceVersion"] = item.Metadata.ResourceVersion,
                ["finalizers"] = new JsonArray([.. finalizers.Select(name => JsonValue.Create(name))]),
            };
            try
            {
                return await PatchAsync(key, new JsonObject { ["metadata"] = metadata }, ct);
            }
            catch (KubernetesException exception) when (exception.Is(HttpStatusCode.Conflict) && attempt < ConflictRetries)
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
        catch (KubernetesException exception) when (exception.Is(HttpStatusCode.NotFound))
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

    private sealed record MetadataAlone(V1ObjectMeta Metadata);

    private static T Read(JsonElement json) => KubernetesJson.Deserialize<T>(json);

    private static JsonObject? Node(object? value) => value is null ? null : JsonNode.Parse(KubernetesJson.Serialize(value))!.AsObject();
}
