using System.Text;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>
/// Creates, changes and removes objects: the rules of <see cref="Admission"/>, a compare-and-swap, and its consequences (definitions take
/// effect, finalizers delay a deletion, namespaces and definitions are deleted with their content).
/// </summary>
internal sealed class ObjectLifecycle(ObjectStore store, ResourceCatalog catalog, Admission admission, Removal removal)
{
    // A patch names no revision, so a lost race is not a conflict: the patch is applied to the new state.
    private const int PatchAttempts = 20;

    // The limit of etcd, and so of a cluster.
    private const int MaxBytes = 3 * 1024 * 1024 / 2;

    public JsonObject Read(ApiResource resource, ObjectKey key) => WireForm.ToWire(resource, Stored(resource, key).Body);

    public JsonObject Create(ResourceRequest request, JsonObject body)
    {
        var resource = request.Resource;
        var made = WireForm.ToStored(resource, admission.Create(request, body));
        var key = request.Key with { Name = made.Name() };
        if (resource.Namespaced)
        {
            CheckNamespace(resource, key);
        }

        if (store.Get(key) is not null)
        {
            throw Refusals.AlreadyExists(resource, key.Name);
        }

        CheckSize(made, stored: null);
        if (!request.IsDryRun)
        {
            if (store.Insert(key, made) is null)
            {
                throw Refusals.AlreadyExists(resource, key.Name);
            }

            Apply(resource, made);
        }

        return WireForm.ToWire(resource, made);
    }

    public JsonObject Replace(ResourceRequest request, JsonObject wanted) =>
        Update(request, _ => wanted) ?? throw Refusals.Modified(request.Resource, request.Path.Name);

    /// <param name="request">The request, with its path and options.</param>
    /// <param name="change">From the current object (wire form, own copy) to the wanted object. Called again after a lost race.</param>
    public JsonObject Patch(ResourceRequest request, Func<JsonObject, JsonObject> change)
    {
        for (var attempt = 0; attempt < PatchAttempts; attempt++)
        {
            if (Update(request, change) is { } done)
            {
                return done;
            }
        }

        throw Refusals.Modified(request.Resource, request.Path.Name);
    }

    /// <returns>Whether the object stays because of its finalizers, and its last state.</returns>
    public (bool Stays, JsonObject Last) Delete(ApiResource resource, ObjectKey key, DeleteOptions options)
    {
        while (true)
        {
            var stored = Stored(resource, key);
            options.Check(resource, stored.Body);
            if (resource.StorageName == "namespaces" && NamespaceRules.Permanent.Contains(key.Name))
            {
                throw Refusals.Forbidden(resource, key.Name, "this namespace may not be deleted");
            }

            if (options.IsDryRun)
            {
                return (false, WireForm.ToWire(resource, stored.Body));
            }

            if (removal.Begin(resource, stored) is { } outcome)
            {
                return outcome with { Last = WireForm.ToWire(resource, outcome.Last) };
            }
        }
    }

    private JsonObject? Update(ResourceRequest request, Func<JsonObject, JsonObject> change)
    {
        var resource = request.Resource;
        var stored = Stored(resource, request.Key);
        var current = WireForm.ToWire(resource, stored.Body.Copy());
        var next = WireForm.ToStored(resource, admission.Update(request, current, change(current.Copy())));
        var unchanged = JsonNode.DeepEquals(WireForm.ToStored(resource, current), next);
        if (!unchanged)
        {
            CheckSize(next, stored.Body);
        }

        if (unchanged || request.IsDryRun)
        {
            return WireForm.ToWire(resource, next);
        }

        if (next.IsBeingDeleted() && removal.CanBeRemoved(resource, next))
        {
            return removal.Finish(resource, stored, next) ? WireForm.ToWire(resource, next) : null;
        }

        if (store.Replace(stored, next) is null)
        {
            return null;
        }

        Apply(resource, next);
        return WireForm.ToWire(resource, next);
    }

    // Without this limit, patches could make an object of any size, one request at a time. An object above the limit may change, but not
    // grow.
    private static void CheckSize(JsonObject next, JsonObject? stored)
    {
        var size = Size(next);
        if (size > MaxBytes && (stored is null || size > Size(stored)))
        {
            throw Refusals.TooLarge($"the object would have {size} bytes, limit is {MaxBytes}");
        }
    }

    private static long Size(JsonObject body) => Encoding.UTF8.GetByteCount(body.ToJsonString(Json.Compact));

    private void Apply(ApiResource resource, JsonObject written)
    {
        if (resource.StorageName == DefinitionReader.StorageName)
        {
            catalog.Define(written);
        }
    }

    private StoredObject Stored(ApiResource resource, ObjectKey key) => store.Get(key) ?? throw Refusals.NotFound(resource, key.Name);

    private void CheckNamespace(ApiResource resource, ObjectKey key)
    {
        var holder = store.Get(new("namespaces", "", key.Namespace)) ?? throw Refusals.NotFound(catalog.Namespaces, key.Namespace);
        if (holder.Body.IsBeingDeleted())
        {
            throw Refusals.Forbidden(
                resource, key.Name, $"unable to create new content in namespace {key.Namespace} because it is being terminated");
        }
    }
}
