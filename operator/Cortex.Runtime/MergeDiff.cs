using System.Text.Json.Nodes;

namespace Cortex.Runtime;

/// <summary>
/// The JSON merge patch (RFC 7386) between two documents. A removed field is set to null in the patch: a field that is left out, as the
/// serialised new status would leave it out, keeps its old value.
/// </summary>
public static class MergeDiff
{
    /// <returns>The patch; null when the documents are equal. A null inside <paramref name="after"/> means absent, as in
    /// Kubernetes.</returns>
    public static JsonObject? Between(JsonObject? before, JsonObject after)
    {
        var patch = new JsonObject();
        foreach (var name in (before ?? []).Select(field => field.Key).Except(
            after.Where(field => field.Value is not null).Select(field => field.Key)))
        {
            if (before![name] is not null)
            {
                patch[name] = null;
            }
        }

        foreach (var (name, value) in after)
        {
            if (value is null || JsonNode.DeepEquals(before?[name], value))
            {
                continue;
            }

            patch[name] = value is JsonObject deeper && before?[name] is null or JsonObject
                ? Between(before?[name] as JsonObject, (JsonObject)value) ?? []
                : value.DeepClone();
        }

        return patch.Count > 0 ? patch : null;
    }
}
