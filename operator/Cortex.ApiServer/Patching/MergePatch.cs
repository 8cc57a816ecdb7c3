using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Patching;

/// <summary>JSON merge patch: objects merge, null removes, every other value replaces. https://www.rfc-editor.org/rfc/rfc7386</summary>
internal static class MergePatch
{
    /// <summary>The patched value. Neither argument is changed.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var merged = new JsonObject();
        foreach (var (name, value) in target as JsonObject ?? [])
        {
            if (!changes.TryGetPropertyValue(name, out var change))
            {
                merged[name] = value?.DeepClone();
            }
            else if (change is not null)
            {
                merged[name] = Apply(value, change);
            }
        }

        foreach (var (name, change) in changes)
        {
            if (change is not null && !merged.ContainsKey(name))
            {
                merged[name] = Apply(null, change);
            }
        }

        return merged;
    }
}
