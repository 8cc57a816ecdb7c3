using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>
/// Checks a value against a structural schema and reports every finding, in the words of kube-apiserver. The rules (CEL) of a schema are
/// checked by <see cref="RuleValidator"/>.
/// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
/// </summary>
internal static class SchemaValidator
{
    /// <param name="old">
    /// The stored value. A value that has not changed is not refused when the schema has become stricter:
    /// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
    /// </param>
    public static IReadOnlyList<FieldError> Check(JsonObject schema, JsonNode? value, string path = "", JsonNode? old = null)
    {
        var errors = new List<FieldError>();
        Visit(schema, value, old, path, errors);
        return errors;
    }

    private static void Visit(JsonObject schema, JsonNode? value, JsonNode? old, string path, List<FieldError> errors)
    {
        if (old is not null && JsonNode.DeepEquals(value, old))
        {
            return;
        }

        if (!CheckType(schema, value, path, errors))
        {
            return;
        }

        CheckEnum(schema, value, path, errors);
        CheckCombinations(schema, value, path, errors);
        switch (value)
        {
            case JsonObject body:
                VisitObject(schema, body, old as JsonObject, path, errors);
                break;
            case JsonArray list:
                VisitArray(schema, list, old as JsonArray, path, errors);
                break;
            case JsonValue scalar:
                ScalarRules.Check(schema, scalar, path, errors);
                break;
        }
    }

    private static bool CheckType(JsonObject schema, JsonNode? value, string path, List<FieldError> errors)
    {
        if (value is null && schema.Flag("nullable"))
        {
            return false;
        }

        var actual = TypeOf(value);
        if (schema.Flag("x-kubernetes-int-or-string"))
        {
            return actual is "integer" or "string" || Wrong(path, "integer,string", actual, errors);
        }

        if (schema.Text("type") is not { } wanted || wanted == actual || (wanted == "number" && actual == "integer"))
        {
            return true;
        }

        if (wanted == "integer" && actual == "number" && schema.Text("format") is "int32" or "int64")
        {
            Wrong(path, schema.Text("format")!, "float64", errors);
            errors.Add(FieldError.NotOfFormat(path, schema.Text("format")!));
            return false;
        }

        return Wrong(path, wanted, actual, errors);
    }

    private static bool Wrong(string path, string wanted, string actual, List<FieldError> errors)
    {
        errors.Add(FieldError.TypeInvalid(path, actual, $"{path} in body must be of type {wanted}: \"{actual}\""));
        return false;
    }

    private static void CheckEnum(JsonObject schema, JsonNode? value, string path, List<FieldError> errors)
    {
        if (schema["enum"] is JsonArray allowed && !allowed.Any(candidate => JsonNode.DeepEquals(candidate, value)))
        {
            errors.Add(FieldError.NotSupported(path, value, allowed));
        }
    }

    private static void VisitObject(JsonObject schema, JsonObject body, JsonObject? old, string path, List<FieldError> errors)
    {
        if (schema.Number("minProperties") is { } least && body.Count < least)
        {
            errors.Add(FieldError.Invalid(path, body.Count, $"{path} in body should have at least {least} properties"));
        }

        if (schema.Number("maxProperties") is { } most && body.Count > most)
        {
            errors.Add(FieldError.TooMany(path, body.Count, most));
        }

        if (schema["required"] is JsonArray required)
        {
            errors.AddRange(
                required
                    .Select(name => name!.ToString())
                    .Where(name => !body.ContainsKey(name))
                    .Select(name => FieldError.Required(FieldPath.Member(path, name))));
        }

        var properties = schema["properties"] as JsonObject;
        foreach (var (name, value) in body)
        {
            if ((properties?[name] ?? schema["additionalProperties"]) is JsonObject member)
            {
                Visit(member, value, old?[name], FieldPath.Member(path, name), errors);
            }
        }
    }

    private static void VisitArray(JsonObject schema, JsonArray list, JsonArray? old, string path, List<FieldError> errors)
    {
        if (schema.Number("minItems") is { } least && list.Count < least)
        {
            errors.Add(FieldError.Invalid(path, list.Count, $"{path} in body should have at least {least} items"));
        }

        if (schema.Number("maxItems") is { } most && list.Count > most)
        {
            errors.Add(FieldError.TooMany(path, list.Count, most));
        }

        ListRules.Check(schema, list, path, errors);
        if (schema["items"] is not JsonObject items)
        {
            return;
        }

        var find = ListRules.Finder(schema, old);
        for (var i = 0; i < list.Count; i++)
        {
            Visit(items, list[i], find(list[i]), $"{path}[{i}]", errors);
        }
    }

    private static void CheckCombinations(JsonObject schema, JsonNode? value, string path, List<FieldError> errors)
    {
        if (schema["allOf"] is JsonArray all)
        {
            errors.AddRange(all.OfType<JsonObject>().SelectMany(part => Check(part, value, path)));
        }

        if (schema["anyOf"] is JsonArray any && !any.OfType<JsonObject>().Any(part => Check(part, value, path).Count == 0))
        {
            errors.Add(FieldError.Invalid(path, value, $"{path} in body must validate at least one schema (anyOf)"));
        }

        if (schema["oneOf"] is JsonArray array && array.OfType<JsonObject>().Count(part => Check(part, value, path).Count == 0) != 1)
        {
            errors.Add(FieldError.Invalid(path, value, $"{path} in body must validate one and only one schema (oneOf)"));
        }

        if (schema["not"] is JsonObject not && Check(not, value, path).Count == 0)
        {
            errors.Add(FieldError.Invalid(path, value, $"{path} in body must not validate the schema (not)"));
        }
    }

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => ScalarRules.IsWhole(value.AsValue()) ? "integer" : "number",
        _ => "null",
    };
}
