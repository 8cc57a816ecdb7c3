using System.Globalization;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Lifecycle;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Endpoints;

/// <summary>
/// Turns changes into the events for one watcher. An object that starts to match the selector counts as added, an object that stops to
/// match counts as deleted.
/// </summary>
internal sealed class WatchFilter(ResourceRequest request, Answers answers)
{
    private readonly ApiResource resource = request.Resource;
    private readonly Selector selector = request.Selector;
    private bool sentHeaders;

    /// <summary>Null when the object does not match.</summary>
    public JsonObject? Initial(JsonObject stored)
    {
        var body = WireForm.ToWire(resource, stored);
        return selector.Matches(body) ? Event("ADDED", body) : null;
    }

    /// <summary>Null when the change does not concern this watcher.</summary>
    public JsonObject? Event(Change change)
    {
        var body = Parse(change.Body);
        var matches = change.Kind is not ChangeKind.Deleted && selector.Matches(body);
        if (selector.IsEmpty)
        {
            return Event(change.Kind.ToString().ToUpperInvariant(), body);
        }

        var before = change.Previous is null ? null : Parse(change.Previous);
        var matched = before is not null && selector.Matches(before);
        if (!matched)
        {
            return matches ? Event("ADDED", body) : null;
        }

        if (matches)
        {
            return Event("MODIFIED", body);
        }

        var last = change.Kind is ChangeKind.Deleted ? body : before!;
        last.Metadata()["resourceVersion"] = change.Revision.ToString(CultureInfo.InvariantCulture);
        return Event("DELETED", last);
    }

    private JsonObject Parse(string stored) => WireForm.ToWire(resource, JsonNode.Parse(stored)!.AsObject());

    private JsonObject Event(string type, JsonObject body)
    {
        var item = answers.One(request, body, withHeaders: !sentHeaders);
        sentHeaders = true;
        return new() { ["type"] = type, ["object"] = item };
    }
}
