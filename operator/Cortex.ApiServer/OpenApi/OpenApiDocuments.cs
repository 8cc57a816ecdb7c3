using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.OpenApi;

/// <summary>
/// The OpenAPI documents, rendered on request from the catalog. Version 2 is for clients up to 1.26, version 3 for later clients.
/// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
/// </summary>
internal sealed class OpenApiDocuments(ResourceCatalog catalog, string version)
{
    /// <summary>/openapi/v2</summary>
    public JsonObject Version2()
    {
        var definitions = new JsonObject
        {
            [SchemaRendering.MetadataDefinition] = SchemaRendering.Metadata(SchemaRendering.References.Version2),
        };
        var paths = new JsonObject();
        foreach (var resource in catalog.All)
        {
            definitions[resource.DefinitionName] = SchemaRendering.Of(resource, SchemaRendering.References.Version2);
            OperationRendering.AddTo(paths, resource, SchemaRendering.References.Version2);
        }

        return new() { ["swagger"] = "2.0", ["info"] = Info(), ["paths"] = paths, ["definitions"] = definitions };
    }

    /// <summary>/openapi/v3: the path of each group version's document, with a hash so that clients may cache it.</summary>
    public JsonObject Version3Index()
    {
        var paths = new JsonObject();
        foreach (var root in catalog.All.Select(resource => resource.RootPath).Distinct())
        {
            var hash = Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Version3(root)!.ToJsonString())));
            paths[root.TrimStart('/')] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3{root}?hash={hash}" };
        }

        return new() { ["paths"] = paths };
    }

    /// <summary>/openapi/v3/apis/group/version; null when the group version does not exist.</summary>
    public JsonObject? Version3(string root)
    {
        var resources = catalog.All.Where(resource => resource.RootPath == root).ToArray();
        if (resources.Length == 0)
        {
            return null;
        }

        var schemas = new JsonObject
        {
            [SchemaRendering.MetadataDefinition] = SchemaRendering.Metadata(SchemaRendering.References.Version3),
        };
        var paths = new JsonObject();
        foreach (var resource in resources)
        {
            schemas[resource.DefinitionName] = SchemaRendering.Of(resource, SchemaRendering.References.Version3);
            OperationRendering.AddTo(paths, resource, SchemaRendering.References.Version3);
        }

        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = Info(),
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private JsonObject Info() => new() { ["title"] = "Kubernetes", ["version"] = version };
}
