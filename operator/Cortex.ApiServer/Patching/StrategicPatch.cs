using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Patching;

/// <summary>
/// Strategic merge for the built-in kinds, which clients patch only in maps: a merge patch once the directives about list order are set
/// aside.
/// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
/// </summary>
internal static class StrategicPatch
{
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch) => MergePatch.Apply(target, WithoutOrder(patch));

    private static JsonNode? WithoutOrder(JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var plain = new JsonObject();
        foreach (var (name, value) in changes)
        {
            if (!name.StartsWith("$setElementOrder/", StringComparison.Ordinal) && name != "$retainKeys")
            {
                plain[name] = WithoutOrder(value);
            }
        }

        return plain;
    }
}
