using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>
/// A default must itself meet the schema that it stands in, rules included. It is checked as it is written, as kube-apiserver checks it:
/// without the defaults of its members, so a rule of an object whose default is <c>{}</c> cannot rely on them.
/// </summary>
internal static class DefaultRules
{
    /// <param name="schema">One in which <see cref="SchemaRules"/> finds nothing.</param>
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
