using System.Text.Json.Nodes;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;
using k8s;
using k8s.Models;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>
/// Creates what must exist before the first request: the permanent namespaces and the definitions, which then take effect.
/// </summary>
internal static class Seed
{
    public static void Apply(
        ObjectStore store, ResourceCatalog catalog, IReadOnlyList<V1CustomResourceDefinition> definitions, DateTimeOffset now)
    {
        foreach (var name in NamespaceRules.Permanent)
        {
            AddNamespace(store, name, now);
        }

        foreach (var definition in definitions)
        {
            PutDefinition(store, JsonNode.Parse(KubernetesJson.Serialize(definition))!.AsObject(), now);
        }

        foreach (var stored in store.List(new(DefinitionReader.StorageName, ""))!.Items)
        {
            catalog.Define(stored);
        }
    }

    private static void AddNamespace(ObjectStore store, string name, DateTimeOffset now)
    {
        var body = New("v1", "Namespace", name, now);
        NamespaceRules.Complete(body);
        store.Insert(new("namespaces", "", name), body);
    }

    private static void PutDefinition(ObjectStore store, JsonObject definition, DateTimeOffset now)
    {
        if (DefinitionRules.Check(definition) is [var error, ..])
        {
            throw new ArgumentException($"definition {definition.Name()}: {error}", nameof(definition));
        }

        var key = new ObjectKey(DefinitionReader.StorageName, "", definition.Name());
        var stored = store.Get(key);
        var body = stored?.Body.Copy() ?? New("apiextensions.k8s.io/v1", "CustomResourceDefinition", key.Name, now);
        body["spec"] = definition["spec"]!.DeepClone();
        DefinitionReader.Establish(body, Json.Timestamp(now));
        if (stored is null)
        {
            body.Metadata()["generation"] = 1;
            store.Insert(key, body);
        }
        else if (!JsonNode.DeepEquals(stored.Body, body))
        {
            body.Metadata()["generation"] = (stored.Body.Metadata().Number("generation") ?? 0) + 1;
            store.Replace(stored, body);
        }
    }

    private static JsonObject New(string apiVersion, string kind, string name, DateTimeOffset now) => new()
    {
        ["apiVersion"] = apiVersion,
        ["kind"] = kind,
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["uid"] = Guid.NewGuid().ToString(),
            ["creationTimestamp"] = Json.Timestamp(now),
        },
    };
}
