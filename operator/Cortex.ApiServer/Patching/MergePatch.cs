using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Patching;

/// <summary>JSON merge patch: objects merge, null removes, everything else replaces. https://www.rfc-editor.org/rfc/rfc7386</summary>
internal static class MergePatch
{
    /// <summary>The patched value; neither argument is changed.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var merged = (target as JsonObject)?.Copy() ?? [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
                merged.Remove(name);
            else
                merged[name] = Apply(merged[name], value);
        }
        return merged;
    }
}
