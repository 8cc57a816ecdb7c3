using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Schemas;

/// <summary>
/// Adds the defaults of the schema, outer objects first. A null that the schema does not allow counts as absent.
/// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
/// </summary>
internal static class Defaulting
{
    public static void Apply(JsonObject schema, JsonNode? value)
    {
        if (value is JsonArray list && schema["items"] is JsonObject items)
        {
            foreach (var item in list)
            {
                Apply(items, item);
            }
        }
        else if (value is JsonObject body)
        {
            ApplyToProperties(schema, body);
            if (schema["additionalProperties"] is JsonObject others)
            {
                ApplyToOthers(others, schema["properties"] as JsonObject, body);
            }
        }
    }

    private static void ApplyToOthers(JsonObject schema, JsonObject? named, JsonObject body)
    {
        foreach (var (name, member) in body.Where(candidate => named?.ContainsKey(candidate.Key) != true).ToArray())
        {
            if (member is null && !schema.Flag("nullable"))
            {
                body.SwapRemove(name);
            }
            else
            {
                Apply(schema, member);
            }
        }
    }

    private static void ApplyToProperties(JsonObject schema, JsonObject body)
    {
        if (schema["properties"] is not JsonObject properties)
        {
            return;
        }

        foreach (var (name, node) in properties)
        {
            if (node is not JsonObject property)
            {
                continue;
            }

            if (body.ContainsKey(name) && body[name] is null && !property.Flag("nullable"))
            {
                body.SwapRemove(name);
            }

            if (!body.ContainsKey(name) && property["default"] is { } preset)
            {
                body[name] = preset.DeepClone();
            }

            Apply(property, body[name]);
        }
    }
}
