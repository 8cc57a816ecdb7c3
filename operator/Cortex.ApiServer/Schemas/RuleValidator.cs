using System.Text.Json.Nodes;
using Cortex.ApiServer.Cel;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>
/// Checks an object against the rules of its schema. A value that violates a new rule but has not changed since it was stored causes a
/// warning and no refusal.
/// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
/// </summary>
internal sealed class RuleValidator(Action<string> warn)
{
    private const string NotChecked =
        "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

    private static readonly string[] ReasonsThatEndTheCheck =
    [
        "FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid",
    ];

    private readonly List<FieldError> errors = [];
    private long left = CelBudget.PerObject;

    /// <param name="rules">Null when the schema has no rules.</param>
    /// <param name="old">The stored object; null for a new object.</param>
    /// <param name="found">The other findings about the object. If a value may have the wrong type, the findings of rules would be
    /// confusing.</param>
    public static IReadOnlyList<FieldError> Check(
        RuleTree? rules, JsonNode body, JsonNode? old, IReadOnlyList<FieldError> found, Action<string> warn, string path = "")
    {
        if (rules is null)
        {
            return [];
        }

        if (found.Any(error => ReasonsThatEndTheCheck.Contains(error.Reason)))
        {
            return [FieldError.Invalid(FieldError.Root, null, NotChecked)];
        }

        var validator = new RuleValidator(warn);
        validator.Visit(rules, body, new(old, old is not null && JsonNode.DeepEquals(body, old)), path);
        return validator.errors;
    }

    /// <param name="Value">The previous value at the same place; null when there was none, or when no item can be identified as the
    /// same.</param>
    /// <param name="IsSame">Nothing has changed at this place or, for a new place, at its parent.</param>
    private sealed record Before(JsonNode? Value, bool IsSame)
    {
        public Before Of(JsonNode? then, JsonNode? now) => new(then, IsSame || (then is not null && JsonNode.DeepEquals(then, now)));
    }

    private void Visit(RuleTree tree, JsonNode? value, Before before, string path)
    {
        if (value is null)
        {
            return;
        }

        foreach (var rule in tree.Rules.Where(rule => before.Value is not null || !rule.UsesOldSelf))
        {
            Apply(rule, value, before, path);
        }

        foreach (var part in tree.AllOf)
        {
            Visit(part, value, before, path);
        }

        if (value is JsonObject body)
        {
            VisitMembers(tree, body, before, path);
        }
        else if (value is JsonArray list && tree.Items is not null)
        {
            VisitItems(tree, list, before, path);
        }
    }

    private void VisitMembers(RuleTree tree, JsonObject body, Before before, string path)
    {
        var old = tree.Schema.Text("x-kubernetes-map-type") == "atomic" ? null : before.Value as JsonObject;
        foreach (var (name, value) in body)
        {
            if (tree.Properties.TryGetValue(name, out var property))
            {
                Visit(property, value, before.Of(old?[name], value), FieldPath.Member(path, name));
            }
            else if (tree.Others is not null)
            {
                Visit(tree.Others, value, before.Of(old?[name], value), FieldPath.Key(path, name));
            }
        }
    }

    private void VisitItems(RuleTree tree, JsonArray list, Before before, string path)
    {
        var find = ListRules.Finder(tree.Schema, before.Value as JsonArray);
        for (var i = 0; i < list.Count; i++)
        {
            Visit(tree.Items!, list[i], before.Of(find(list[i]), list[i]), $"{path}[{i}]");
        }
    }

    private void Apply(ValidationRule rule, JsonNode value, Before before, string at)
    {
        if (left < 0)
        {
            return;
        }

        var budget = new CelBudget(Math.Min(left, CelBudget.PerRule));
        try
        {
            if (rule.Check(value, before.Value, at, budget) is { } error)
            {
                Add(error, isOld: before.IsSame && !rule.UsesOldSelf);
            }

            left -= Math.Min(left, CelBudget.PerRule) - budget.Left;
        }
        catch (CelCostException)
        {
            errors.Add(left < CelBudget.PerRule ? rule.OverObjectBudget(at) : rule.OverRuleBudget(at));
            left = -1;
        }
    }

    private void Add(FieldError error, bool isOld)
    {
        if (isOld)
        {
            warn(error.ToString());
        }
        else
        {
            errors.Add(error);
        }
    }
}
