using System.Text.Json.Nodes;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.OpenApi;

/// <summary>
/// The operations on a kind, in the detail that clients read: kubectl looks for <c>dryRun</c> and <c>fieldValidation</c> there before it
/// relies on the server for them.
/// </summary>
internal static class OperationRendering
{
    private static readonly (string Name, string Description)[] WriteParameters =
    [
        ("dryRun", "When present, indicates that modifications should not be persisted. The only valid value is All."),
        ("fieldManager", "Name of the actor that makes the change."),
        ("fieldValidation", "What to do about unknown or duplicate fields: Ignore, Warn or Strict."),
    ];

    public static void AddTo(JsonObject paths, ApiResource resource, SchemaRendering.References references)
    {
        var collection = resource.RootPath + (resource.Namespaced ? "/namespaces/{namespace}/" : "/") + resource.Plural;
        paths[collection] = new JsonObject
        {
            ["get"] = Operation(resource, "list", [], references),
            ["post"] = Operation(resource, "post", WriteParameters, references),
        };
        if (resource.IsReview)
        {
            return;
        }

        paths[collection + "/{name}"] = new JsonObject
        {
            ["get"] = Operation(resource, "get", [], references),
            ["put"] = Operation(resource, "put", WriteParameters, references),
            ["patch"] = Operation(resource, "patch", WriteParameters, references),
            ["delete"] = Operation(resource, "delete", WriteParameters[..1], references),
        };
    }

    private static JsonObject Operation(
        ApiResource resource, string action, (string Name, string Description)[] parameters, SchemaRendering.References references) => new()
    {
        ["description"] = $"{action} {resource.Kind}",
        ["operationId"] = $"{action}-{resource.Plural}-{resource.Group}-{resource.Version}",
        ["parameters"] = new JsonArray([.. parameters.Select(parameter => Parameter(parameter.Name, parameter.Description, references))]),
        ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
        ["x-kubernetes-action"] = action,
        ["x-kubernetes-group-version-kind"] = SchemaRendering.Identity(resource),
    };

    private static JsonObject Parameter(string name, string description, SchemaRendering.References references)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = "query", ["description"] = description };
        if (references is SchemaRendering.References.Version2)
        {
            parameter["type"] = "string";
        }
        else
        {
            parameter["schema"] = new JsonObject { ["type"] = "string" };
        }

        return parameter;
    }
}
