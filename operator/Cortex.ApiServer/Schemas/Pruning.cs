using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>
/// Removes fields that the schema does not know, and reports them.
/// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
/// </summary>
internal static class Pruning
{
    /// <returns>Paths of the fields that were removed, sorted.</returns>
    public static IReadOnlyList<string> Prune(JsonObject schema, JsonObject body)
    {
        var unknown = new List<string>();
        Visit(schema, body, "", unknown);
        unknown.Sort(StringComparer.Ordinal);
        return unknown;
    }

    private static void Visit(JsonObject? schema, JsonNode? value, string path, List<string> unknown)
    {
        if (schema is null)
        {
            return;
        }

        if (value is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Visit(schema["items"] as JsonObject, list[i], $"{path}[{i}]", unknown);
            }
        }
        else if (value is JsonObject body)
        {
            VisitMembers(schema, body, path, unknown);
        }
    }

    private static void VisitMembers(JsonObject schema, JsonObject body, string path, List<string> unknown)
    {
        var properties = schema["properties"] as JsonObject;
        var others = schema["additionalProperties"] as JsonObject;
        var keep = schema.Flag("x-kubernetes-preserve-unknown-fields") || schema.Flag("additionalProperties");
        foreach (var (name, value) in body.ToArray())
        {
            var inner = FieldPath.Member(path, name);
            if (properties?[name] is JsonObject known)
            {
                Visit(known, value, inner, unknown);
            }
            else if (others is not null)
            {
                Visit(others, value, inner, unknown);
            }
            else if (!keep)
            {
                Drop(body, name, inner, unknown);
            }
        }
    }

    private static void Drop(JsonObject body, string name, string path, List<string> unknown)
    {
        body.SwapRemove(name);
        unknown.Add(path);
    }
}
