using System.Text.Json.Nodes;

namespace Cortex.Runtime;

/// <summary>
/// The JSON merge patch (RFC 7386) between two documents. A field that is gone is named with null: leaving it out, as serialising the
/// new status would, keeps the old value for ever.
/// </summary>
public static class MergeDiff
{
    /// <returns>The patch, or null when nothing differs. A null inside <paramref name="after"/> means absent, as Kubernetes has
    /// it.</returns>
    public static JsonObject? Between(JsonObject? before, JsonObject after)
    {
        var patch = new JsonObject();
        foreach (var name in (before ?? []).Select(p => p.Key).Except(after.Where(p => p.Value is not null).Select(p => p.Key)))
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
