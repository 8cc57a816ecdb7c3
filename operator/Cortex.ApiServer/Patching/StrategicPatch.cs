using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Patching;

/// <summary>
/// Strategic merge for the built-in kinds. Clients patch only maps in them, so it is a merge patch without the directives about list order.
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
