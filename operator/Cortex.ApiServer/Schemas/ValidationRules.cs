using System.Text.Json.Nodes;
using Cortex.ApiServer.Cel;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>The rules for <c>x-kubernetes-validations</c> themselves, so that objects can be checked against them.</summary>
internal static class ValidationRules
{
    private static readonly string[] Texts = ["rule", "message", "messageExpression", "fieldPath", "reason"];
    private static readonly string[] Reasons = ["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"];

    public static void Check(JsonArray rules, string path, List<FieldError> errors)
    {
        foreach (var (i, item) in rules.Index())
        {
            if (item is not JsonObject rule)
            {
                errors.Add(FieldError.TypeInvalid($"{path}[{i}]", item, "must be of type object"));
            }
            else if (FaultOf(rule) is { } fault)
            {
                errors.Add(FieldError.Invalid($"{path}[{i}]", rule, fault));
            }
        }
    }

    /// <summary>Why a rule cannot be used; null for a usable rule.</summary>
    public static string? FaultOf(JsonObject rule)
    {
        if (Texts.FirstOrDefault(member => rule[member] is not null && rule.Text(member) is null) is { } odd)
        {
            return $"{odd} must be of type string";
        }

        if (string.IsNullOrWhiteSpace(rule.Text("rule")))
        {
            return "rule is not specified";
        }

        if (rule.Flag("optionalOldSelf"))
        {
            return "optionalOldSelf is not known here";
        }

        if (rule.Text("reason") is { Length: > 0 } reason && !Reasons.Contains(reason))
        {
            return $"reason must be one of {string.Join(", ", Reasons)}";
        }

        if (rule.Text("fieldPath") is { Length: > 0 } path && (!path.StartsWith('.') || path.Contains('[', StringComparison.Ordinal)))
        {
            return "fieldPath must be a path of members such as .spec.size";
        }

        return (
            CelProgram.FaultOf(rule.Text("rule")!),
            rule.Text("messageExpression") is { Length: > 0 } message ? CelProgram.FaultOf(message) : null) switch
        {
            ({ } fault, _) => $"compilation failed: {fault}",
            (_, { } fault) => $"messageExpression compilation failed: {fault}",
            _ => null,
        };
    }
}
