using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Schemas;

/// <summary>The compiled rules of a schema, in the structure of the schema. Parts without rules are left out.</summary>
internal sealed class RuleTree
{
    private RuleTree(JsonObject schema, IReadOnlyList<ValidationRule> rules)
    {
        (Schema, Rules) = (schema, rules);
        Properties = (schema["properties"] as JsonObject ?? [])
            .Select(member => (member.Key, Tree: Of(member.Value)))
            .Where(member => member.Tree is not null)
            .ToDictionary(member => member.Key, member => member.Tree!);
        Others = Of(schema["additionalProperties"]);
        Items = Of(schema["items"]);
        AllOf = [.. (schema["allOf"] as JsonArray ?? []).Select(Of).OfType<RuleTree>()];
    }

    public JsonObject Schema { get; }

    public IReadOnlyList<ValidationRule> Rules { get; }

    public IReadOnlyDictionary<string, RuleTree> Properties { get; }

    /// <summary>The rules for members that are not in <see cref="Properties"/>.</summary>
    public RuleTree? Others { get; }

    public RuleTree? Items { get; }

    public IReadOnlyList<RuleTree> AllOf { get; }

    /// <summary>Null when no part of the schema has a rule.</summary>
    public static RuleTree? Of(JsonNode? schema)
    {
        if (schema is not JsonObject part)
        {
            return null;
        }

        var type = part.Text("type") ?? "";
        var tree = new RuleTree(
            part,
            [.. (part["x-kubernetes-validations"] as JsonArray ?? []).OfType<JsonObject>().Select(rule => new ValidationRule(rule, type))]);
        var isEmpty = tree.Rules.Count + tree.Properties.Count + tree.AllOf.Count == 0 && tree.Others is null && tree.Items is null;
        return isEmpty ? null : tree;
    }
}
