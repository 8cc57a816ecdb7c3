using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>Lists that are sets or maps (x-kubernetes-list-type) contain each item or key once.</summary>
internal static class ListRules
{
    public static void Check(JsonObject schema, JsonArray list, string path, List<FieldError> errors)
    {
        if (KeyOf(schema) is not { } key)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            var id = key(list[i]);
            if (!seen.Add(id.ToJsonString()))
            {
                errors.Add(FieldError.Duplicate($"{path}[{i}]", id));
            }
        }
    }

    /// <summary>From an item of a list that is a map to the previous item with the same key; null when there was none.</summary>
    public static Func<JsonNode?, JsonNode?> Finder(JsonObject schema, JsonArray? old)
    {
        if (old is null || schema.Text("x-kubernetes-list-type") != "map" || KeyOf(schema) is not { } key)
        {
            return _ => null;
        }

        var known = old.GroupBy(item => key(item).ToJsonString()).ToDictionary(same => same.Key, same => same.First());
        return item => known.GetValueOrDefault(key(item).ToJsonString());
    }

    private static Func<JsonNode?, JsonNode>? KeyOf(JsonObject schema) =>
        (schema.Text("x-kubernetes-list-type"), schema["x-kubernetes-list-map-keys"]) switch
    {
        ("set", _) => item => item ?? JsonValue.Create("null"),
        ("map", JsonArray keys) =>
            item =>
                new JsonObject(
                    keys.Select(name => KeyValuePair.Create(name!.ToString(), (item as JsonObject)?[name.ToString()]?.DeepClone()))),
        _ => null,
    };
}
