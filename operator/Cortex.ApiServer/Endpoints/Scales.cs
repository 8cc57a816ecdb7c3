using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Lifecycle;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Schemas;

namespace Cortex.ApiServer.Endpoints;

/// <summary>
/// /scale of a custom resource: the wanted number, the actual number and a selector, in the form that <c>kubectl scale</c>, autoscalers and
/// the disruption controller read. A write changes the object itself, with all its rules.
/// </summary>
internal sealed class Scales(ObjectLifecycle lifecycle)
{
    public const string Group = "autoscaling";
    public const string Version = "v1";
    public const string Kind = "Scale";

    private static readonly ApiResource Resource = new()
    {
        Group = Group,
        Version = Version,
        Kind = Kind,
        Plural = "scales",
        Singular = "scale",
        ListKind = "ScaleList",
        Schema = ObjectSchema.Complete(null),
        Columns = PrinterColumns.Default,
        StorageName = "",
        DefinitionName = "io.k8s.api.autoscaling.v1.Scale",
    };

    /// <exception cref="ApiException">405 for an unsupported verb.</exception>
    public Task ServeAsync(ResourceRequest request, CancellationToken ct) => request.Http.Request.Method switch
    {
        "GET" => AnswerAsync(request, lifecycle.Read(request.Resource, request.Key), ct),
        "PUT" => ReplaceAsync(request, ct),
        "PATCH" => PatchAsync(request, ct),
        _ => throw Refusals.MethodNotAllowed(),
    };

    private async Task ReplaceAsync(ResourceRequest request, CancellationToken ct)
    {
        var scale = await RequestBody.ReadObjectAsync(request.Http.Request, ct);
        await AnswerAsync(request, lifecycle.Patch(request, body => With(request, body, scale)), ct);
    }

    private async Task PatchAsync(ResourceRequest request, CancellationToken ct)
    {
        var change = await PatchReader.ReadAsync(request, ct);
        await AnswerAsync(request, lifecycle.Patch(request, body => With(request, body, change(Of(request.Resource, body)))), ct);
    }

    /// <summary>The object with the wanted number of the scale, and with the scale's version, so that a stale scale is refused.</summary>
    private static JsonObject With(ResourceRequest request, JsonObject body, JsonObject scale)
    {
        Check(request, scale);
        ScalePaths.Set(body, request.Resource.Scale!.SpecReplicas, Replicas(scale));
        var (from, to) = (scale.Metadata(), body.Metadata());
        foreach (var member in (string[])["resourceVersion", "uid"])
        {
            if (from.Text(member) is { Length: > 0 } given)
            {
                to[member] = given;
            }
        }

        return body;
    }

    private static void Check(ResourceRequest request, JsonObject scale)
    {
        if (scale.Text("kind") is { Length: > 0 } kind && kind != Kind
            || scale.Text("apiVersion") is { Length: > 0 } version && version != Resource.ApiVersion)
        {
            throw Refusals.BadRequest(
                $"{scale.Text("kind")} in version \"{scale.Text("apiVersion")}\" cannot be handled as a Scale: it must be a Scale of "
                    + $"{Resource.ApiVersion}");
        }

        if (scale.ContainsKey("metadata") && scale["metadata"] is not JsonObject)
        {
            throw Refusals.BadRequest("Scale in version \"v1\" cannot be handled as a Scale: metadata must be an object");
        }

        if (scale.Name() is { Length: > 0 } name && name != request.Path.Name)
        {
            throw Refusals.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Path.Name})");
        }

        if (scale.Namespace() is { Length: > 0 } space && space != request.Path.Namespace)
        {
            throw Refusals.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }
    }

    private static int Replicas(JsonObject scale)
    {
        if (scale["spec"] is not (null or JsonObject))
        {
            throw Refusals.BadRequest("Scale in version \"v1\" cannot be handled as a Scale: spec must be an object");
        }

        var asked = scale["spec"]?["replicas"];
        if (asked is null)
        {
            return 0;
        }

        if (WholeNumber(asked) is not { } replicas || replicas is < int.MinValue or > int.MaxValue)
        {
            throw Refusals.BadRequest("Scale in version \"v1\" cannot be handled as a Scale: spec.replicas must be an integer of 32 bits");
        }

        return (int)replicas;
    }

    private static JsonObject Of(ApiResource resource, JsonObject body)
    {
        var paths = resource.Scale!;
        var metadata = new JsonObject();
        foreach (var member in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            metadata.Put(member, body.Metadata()[member]);
        }

        var status = new JsonObject { ["replicas"] = WholeNumber(ScalePaths.Get(body, paths.StatusReplicas)) ?? 0 };
        if (ScalePaths.Get(body, paths.Selector) is JsonValue selector && selector.TryGetValue(out string? text))
        {
            status["selector"] = text;
        }

        return new()
        {
            ["kind"] = Kind,
            ["apiVersion"] = Resource.ApiVersion,
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = WholeNumber(ScalePaths.Get(body, paths.SpecReplicas)) ?? 0 },
            ["status"] = status,
        };
    }

    /// <summary>A whole number that was read from JSON or created by this program.</summary>
    private static long? WholeNumber(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue(out long read) => read,
        JsonValue value when value.TryGetValue(out int made) => made,
        _ => null,
    };

    private static Task AnswerAsync(ResourceRequest request, JsonObject body, CancellationToken ct) =>
        RequestBody.AnswerAsync(request.Http, 200, Of(request.Resource, body), ct);
}
