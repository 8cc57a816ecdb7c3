using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>
/// A default must meet the schema that contains it, including the rules. It is checked without the defaults of its own members, as
/// kube-apiserver does, so a rule of an object with the default <c>{}</c> cannot rely on them.
/// </summary>
internal static class DefaultRules
{
    /// <param name="schema">A schema without findings of <see cref="SchemaRules"/>.</param>
    public static void Check(JsonObject schema, string path, List<FieldError> errors)
    {
        if (schema["default"] is { } preset)
        {
            CheckDefault(schema, preset, $"{path}.default", errors);
        }

        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            Check(property!.AsObject(), $"{path}.properties[{name}]", errors);
        }

        if (schema["items"] is JsonObject items)
        {
            Check(items, $"{path}.items", errors);
        }
    }

    private static void CheckDefault(JsonObject schema, JsonNode preset, string path, List<FieldError> errors)
    {
        if (preset is JsonObject body && Pruning.Prune(schema, body.Copy()).Count > 0)
        {
            errors.Add(FieldError.Invalid(path, preset, "must not have unknown fields"));
        }

        var found = SchemaValidator.Check(schema, preset, path);
        errors.AddRange(found);
        if (found.Count == 0)
        {
            errors.AddRange(RuleValidator.Check(RuleTree.Of(schema), preset, null, found, _ => { }, path));
        }
    }
}
