using System.Text.Json.Nodes;
using Cortex.ApiServer.Lifecycle;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Endpoints;

/// <summary>
/// Objects as rows, as <c>kubectl get</c> asks for them.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
/// </summary>
internal sealed class Tables(TimeProvider clock)
{
    /// <param name="resource">Kind of the objects.</param>
    /// <param name="items">Objects in wire form.</param>
    /// <param name="metadata">The list's metadata.</param>
    /// <param name="version">Version of meta.k8s.io asked for.</param>
    /// <param name="withHeaders">A watch sends the column definitions only once.</param>
    public JsonObject Render(ApiResource resource, IEnumerable<JsonObject> items, JsonObject metadata, string version, bool withHeaders = true)
    {
        var now = clock.GetUtcNow();
        return new()
        {
            ["kind"] = "Table",
            ["apiVersion"] = $"meta.k8s.io/{version}",
            ["metadata"] = metadata,
            ["columnDefinitions"] = withHeaders ? new JsonArray([.. resource.Columns.Select(Header)]) : new JsonArray(),
            ["rows"] = new JsonArray([.. items.Select(item => Row(resource, item, version, now))]),
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

    private static JsonObject Row(ApiResource resource, JsonObject item, string version, DateTimeOffset now)
    {
        var source = resource.StoredAs.Count == 0 ? item : WireForm.ToStored(resource, item.Copy());
        return new()
        {
            ["cells"] = new JsonArray([.. resource.Columns.Select(c => c.Cell(source, now))]),
            ["object"] = new JsonObject
            {
                ["kind"] = "PartialObjectMetadata",
                ["apiVersion"] = $"meta.k8s.io/{version}",
                ["metadata"] = item.Metadata().DeepClone(),
            },
        };
    }
}
