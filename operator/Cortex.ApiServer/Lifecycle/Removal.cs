using System.Text.Json.Nodes;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>
/// How objects go. An object with finalizers is only marked; the last finalizer's removal takes it away. A namespace, and a definition,
/// first delete their content and go when nothing of it is left.
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
/// </summary>
internal sealed class Removal(ObjectStore store, ResourceCatalog catalog, TimeProvider clock)
{
    /// <summary>Marks or removes what was read; null when it has changed meanwhile.</summary>
    public (bool Stays, JsonObject Last)? Begin(ApiResource resource, StoredObject stored)
    {
        var last = stored.Body.Copy();
        if (MayGo(resource, last))
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

        return MayGo(resource, last) ? (!Finish(resource, marked, last), last) : (true, last);
    }

    public bool MayGo(ApiResource resource, JsonObject body) => body.Finalizers().Count == 0 && !Content(resource, body.Name()).Any();

    /// <summary>Takes it out of the store; false when it has changed meanwhile.</summary>
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
        if (catalog.All.FirstOrDefault(r => r.StorageName == key.Resource) is not { } resource)
        {
            return;
        }

        while (store.Get(key) is { } stored && Begin(resource, stored) is null)
        {
            // Someone else wrote it in between: read it again.
        }
    }

    private void FinishHolder(ApiResource resource, string name)
    {
        if (name.Length > 0
            && store.Get(new(resource.StorageName, "", name)) is { } holder
            && holder.Body.IsBeingDeleted()
            && MayGo(resource, holder.Body))
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
