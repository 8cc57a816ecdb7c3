using System.Text.Json.Nodes;
using Cortex.ApiServer.Lifecycle;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Endpoints;

/// <summary>
/// Objects as table rows, as <c>kubectl get</c> requests them.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
/// </summary>
internal sealed class Tables(TimeProvider clock)
{
    /// <param name="request">The request, with the kind and the version of meta.k8s.io.</param>
    /// <param name="items">Objects in wire form.</param>
    /// <param name="metadata">The list's metadata.</param>
    /// <param name="withHeaders">A watch sends the column definitions only once.</param>
    public JsonObject Render(ResourceRequest request, IEnumerable<JsonObject> items, JsonObject metadata, bool withHeaders)
    {
        var (resource, version, include, now) = (request.Resource, request.Accept.Version, request.IncludeObject, clock.GetUtcNow());
        return new()
        {
            ["kind"] = "Table",
            ["apiVersion"] = $"meta.k8s.io/{version}",
            ["metadata"] = metadata,
            ["columnDefinitions"] = withHeaders ? new JsonArray([.. resource.Columns.Select(Header)]) : new JsonArray(),
            ["rows"] = new JsonArray([.. items.Select(item => Row(resource, item, version, include, now))]),
        };
    }

    private static JsonObject Header(Column column) => new()
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["format"] = column.Format,
        ["description"] = column.Description,
        ["priority"] = column.Priority,
    };

    private static JsonObject Row(ApiResource resource, JsonObject item, string version, string include, DateTimeOffset now)
    {
        var source = resource.StoredAs.Count == 0 ? item : WireForm.ToStored(resource, item.Copy());
        return new()
        {
            ["cells"] = new JsonArray([.. resource.Columns.Select(column => column.Cell(source, now))]),
            ["object"] = include switch { "Object" => item, "None" => null, _ => PartialObject.Of(item, version) },
        };
    }
}
