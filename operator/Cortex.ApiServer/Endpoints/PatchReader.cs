using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Patching;
using Cortex.ApiServer.Requests;

namespace Cortex.ApiServer.Endpoints;

/// <summary>Reads the body of a PATCH, by its content type, as a change of an object.</summary>
internal static class PatchReader
{
    private const string JsonPatchType = "application/json-patch+json";
    private const string MergePatchType = "application/merge-patch+json";
    private const string StrategicPatchType = "application/strategic-merge-patch+json";

    /// <exception cref="ApiException">415 for an unsupported type (strategic merge on custom resources, server-side apply); 400 for an
    /// invalid patch.</exception>
    public static async Task<Func<JsonObject, JsonObject>> ReadAsync(ResourceRequest request, CancellationToken ct)
    {
        var custom = request.Resource.IsCustom;
        var type = RequestBody.MediaTypeOf(request.Http.Request);
        if (type is not (JsonPatchType or MergePatchType) && (custom || type != StrategicPatchType))
        {
            throw Refusals.UnsupportedMediaType(
                custom ? [JsonPatchType, MergePatchType] : [JsonPatchType, MergePatchType, StrategicPatchType]);
        }

        var patch = await RequestBody.ReadAsync(request.Http.Request, ct);
        return type switch
        {
            JsonPatchType =>
                WithJsonPatch(patch as JsonArray ?? throw Refusals.BadRequest("a JSON patch must be an array of operations"), ct),
            MergePatchType => body => Object(MergePatch.Apply(body, patch)),
            _ => body => Object(StrategicPatch.Apply(body, patch)),
        };
    }

    private static Func<JsonObject, JsonObject> WithJsonPatch(JsonArray operations, CancellationToken ct) =>
        operations.Count > JsonPatch.MaxOperations
        ? throw Refusals.TooLarge($"The allowed maximum operations in a JSON patch is {JsonPatch.MaxOperations}, got {operations.Count}")
        : body => WithJsonPatch(body, operations, ct);

    private static JsonObject WithJsonPatch(JsonObject body, JsonArray operations, CancellationToken ct)
    {
        try
        {
            return Object(JsonPatch.Apply(body, operations, ct));
        }
        catch (JsonPatchException exception)
        {
            throw exception.IsMalformed
                ? Refusals.BadRequest($"error decoding patch: {exception.Message}")
                : new ApiException(
                    422, "Invalid", $"the server rejected our request due to an error in our request: {exception.Message}", []);
        }
    }

    private static JsonObject Object(JsonNode? patched) =>
        patched as JsonObject ?? throw Refusals.BadRequest("the patch does not leave an object");
}
