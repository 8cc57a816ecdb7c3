using System.Text.Json.Nodes;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>
/// The deletion of objects. An object with finalizers is only marked; the removal of its last finalizer removes it. A namespace, and a
/// definition, first delete their content and are removed when the content has been removed.
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
/// </summary>
internal sealed class Removal(ObjectStore store, ResourceCatalog catalog, TimeProvider clock)
{
    /// <summary>Marks or removes the object that was read; null when it has changed since.</summary>
    public (bool Stays, JsonObject Last)? Begin(ApiResource resource, StoredObject stored)
    {
        var last = stored.Body.Copy();
        if (CanBeRemoved(resource, last))
        {
            return Finish(resource, stored, last) ? (false, last) : null;
        }

        if (last.IsBeingDeleted())
        {
            return (true, last);
        }

        Mark(resource, last);
        if (store.Replace(stored, last) is not { } marked)
        {
            return null;
        }

        foreach (var key in Content(resource, last.Name()))
        {
            BeginContent(key);
        }

        return CanBeRemoved(resource, last) ? (!Finish(resource, marked, last), last) : (true, last);
    }

    public bool CanBeRemoved(ApiResource resource, JsonObject body) =>
        body.Finalizers().Count == 0 && !Content(resource, body.Name()).Any();

    /// <summary>Removes the object from the store; false when it has changed since.</summary>
    public bool Finish(ApiResource resource, StoredObject stored, JsonObject last)
    {
        if (store.Delete(stored, last) is null)
        {
            return false;
        }

        if (resource.StorageName == DefinitionReader.StorageName)
        {
            catalog.Forget(last.Name());
        }

        FinishHolder(catalog.Namespaces, stored.Key.Namespace);
        FinishHolder(catalog.Definitions, stored.Key.Resource);
        return true;
    }

    private void BeginContent(ObjectKey key)
    {
        if (catalog.All.FirstOrDefault(candidate => candidate.StorageName == key.Resource) is not { } resource)
        {
            return;
        }

        while (store.Get(key) is { } stored && Begin(resource, stored) is null)
        {
            // The object was written in the meantime: read it again.
        }
    }

    private void FinishHolder(ApiResource resource, string name)
    {
        if (name.Length > 0
            && store.Get(new(resource.StorageName, "", name)) is { } holder
            && holder.Body.IsBeingDeleted()
            && CanBeRemoved(resource, holder.Body))
        {
            Finish(resource, holder, holder.Body.Copy());
        }
    }

    private IEnumerable<ObjectKey> Content(ApiResource resource, string name) => resource.StorageName switch
    {
        "namespaces" => store.Keys("", name),
        DefinitionReader.StorageName => store.Keys(name, ""),
        _ => [],
    };

    private void Mark(ApiResource resource, JsonObject body)
    {
        var metadata = body.Metadata();
        metadata["deletionTimestamp"] = Json.Timestamp(clock.GetUtcNow());
        metadata["deletionGracePeriodSeconds"] = 0;
        if (resource.TracksGeneration)
        {
            metadata["generation"] = (metadata.Number("generation") ?? 0) + 1;
        }

        if (resource.StorageName == "namespaces")
        {
            NamespaceRules.Complete(body);
        }
    }
}
