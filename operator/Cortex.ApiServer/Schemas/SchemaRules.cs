using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>
/// The rules for a schema itself, so that objects can be checked against it: every keyword that is read here has a valid value.
/// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
/// </summary>
internal static class SchemaRules
{
    private static readonly string[] Types = ["", "array", "boolean", "integer", "number", "object", "string"];

    private static readonly HashSet<string> Texts = ["type", "format", "pattern", "description", "title", "x-kubernetes-list-type"];

    private static readonly HashSet<string> Flags =
        ["nullable", "exclusiveMaximum", "exclusiveMinimum", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"];

    private static readonly HashSet<string> Counts = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"];

    private static readonly HashSet<string> Numbers = ["minimum", "maximum", "multipleOf"];

    private static readonly HashSet<string> Names = ["required", "x-kubernetes-list-map-keys"];

    private static readonly HashSet<string> Combinations = ["allOf", "anyOf", "oneOf"];

    public static void Check(JsonObject schema, string path, List<FieldError> errors)
    {
        foreach (var (keyword, value) in schema.Where(member => member.Value is not null))
        {
            CheckKeyword(keyword, value!, $"{path}.{keyword}", errors);
        }

        if (schema.Text("type") is { } type && !Types.Contains(type))
        {
            errors.Add(FieldError.NotSupported($"{path}.type", type, Types.Skip(1).Select(known => (JsonNode?)known)));
        }

        if (schema.Text("pattern") is { } pattern && ScalarRules.FaultOf(pattern) is { } fault)
        {
            errors.Add(FieldError.Invalid($"{path}.pattern", pattern, $"must be a valid regular expression, but isn't: {fault}"));
        }

        CheckKeys(schema, path, errors);
    }

    // The keys identify an item of a list, so each item must have them.
    private static void CheckKeys(JsonObject schema, string path, List<FieldError> errors)
    {
        if (schema["x-kubernetes-list-map-keys"] is not JsonArray keys
            || schema["items"] is not JsonObject items
            || items["properties"] is not JsonObject properties)
        {
            return;
        }

        var required = (items["required"] as JsonArray ?? []).Select(name => name?.ToString()).ToHashSet();
        foreach (var key in keys.Select(key => key?.ToString()).Where(key => !required.Contains(key)))
        {
            if (key is not null && properties[key] is JsonObject property && property["default"] is null)
            {
                errors.Add(
                    FieldError.Required(
                        $"{path}.items.properties[{key}].default",
                        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"));
            }
        }
    }

    private static void CheckKeyword(string keyword, JsonNode value, string path, List<FieldError> errors)
    {
        var kind = value.GetValueKind();
        if (Texts.Contains(keyword))
        {
            Require(kind is JsonValueKind.String, "string", path, value, errors);
        }
        else if (Flags.Contains(keyword))
        {
            Require(kind is JsonValueKind.True or JsonValueKind.False, "boolean", path, value, errors);
        }
        else if (Counts.Contains(keyword))
        {
            Require(kind is JsonValueKind.Number && value.AsValue().TryGetValue(out long _), "integer", path, value, errors);
        }
        else if (Numbers.Contains(keyword))
        {
            Require(kind is JsonValueKind.Number, "number", path, value, errors);
        }
        else if (Names.Contains(keyword))
        {
            Require(
                value is JsonArray names && names.All(item => item?.GetValueKind() is JsonValueKind.String),
                "array of strings",
                path,
                value,
                errors);
        }
        else if (keyword == "enum")
        {
            Require(value is JsonArray, "array", path, value, errors);
        }
        else
        {
            CheckNested(keyword, value, path, errors);
        }
    }

    private static void CheckNested(string keyword, JsonNode value, string path, List<FieldError> errors)
    {
        switch (keyword)
        {
            case "items" or "not":
                CheckSchema(value, path, errors);
                break;
            case "additionalProperties":
                if (value.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False))
                {
                    CheckSchema(value, path, errors);
                }

                break;
            case "properties":
                if (Require(value is JsonObject, "object", path, value, errors))
                {
                    foreach (var (name, property) in value.AsObject())
                    {
                        CheckSchema(property, $"{path}[{name}]", errors);
                    }
                }

                break;
            case "x-kubernetes-validations":
                if (Require(value is JsonArray, "array", path, value, errors))
                {
                    ValidationRules.Check(value.AsArray(), path, errors);
                }

                break;
            case var combination when Combinations.Contains(combination) && Require(value is JsonArray, "array", path, value, errors):
                foreach (var (i, part) in value.AsArray().Index())
                {
                    CheckSchema(part, $"{path}[{i}]", errors);
                }

                break;
        }
    }

    private static void CheckSchema(JsonNode? value, string path, List<FieldError> errors)
    {
        if (value is JsonObject schema)
        {
            Check(schema, path, errors);
        }
        else
        {
            Require(holds: false, "object", path, value, errors);
        }
    }

    private static bool Require(bool holds, string wanted, string path, JsonNode? value, List<FieldError> errors)
    {
        if (!holds)
        {
            errors.Add(FieldError.TypeInvalid(path, value, $"must be of type {wanted}"));
        }

        return holds;
    }
}
