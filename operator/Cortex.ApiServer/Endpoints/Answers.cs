using System.Text.Json.Nodes;
using Cortex.ApiServer.Requests;

namespace Cortex.ApiServer.Endpoints;

/// <summary>
/// Renders objects in the form that the client requests: complete, as table rows, or only their metadata.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
/// </summary>
internal sealed class Answers(Tables tables)
{
    /// <param name="request">The request, with the requested form.</param>
    /// <param name="body">The object in wire form; becomes part of the answer.</param>
    /// <param name="withHeaders">A watch sends the columns of a table only once.</param>
    public JsonObject One(ResourceRequest request, JsonObject body, bool withHeaders = true)
    {
        var accept = request.Accept;
        if (accept.IsMetadata)
        {
            return PartialObject.Of(body, accept.Version);
        }

        return accept.IsTable
            ? tables.Render(request, [body], new() { ["resourceVersion"] = body.ResourceVersion() }, withHeaders)
            : body;
    }

    public JsonObject Many(ResourceRequest request, IReadOnlyList<JsonObject> items, JsonObject metadata)
    {
        var accept = request.Accept;
        if (accept.IsTable)
        {
            return tables.Render(request, items, metadata, withHeaders: true);
        }

        return new()
        {
            ["apiVersion"] = accept.IsMetadata ? $"meta.k8s.io/{accept.Version}" : request.Resource.ApiVersion,
            ["kind"] = accept.IsMetadata ? accept.As : request.Resource.ListKind,
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. accept.IsMetadata ? items.Select(item => PartialObject.Of(item, accept.Version)) : items]),
        };
    }
}
