using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Schemas;

namespace Cortex.ApiServer.Resources;

/// <summary>
/// The rules that a CustomResourceDefinition must meet to be served here: those of apiextensions.k8s.io/v1 that the reader relies on.
/// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
/// </summary>
internal static class DefinitionRules
{
    public static IReadOnlyList<FieldError> Check(JsonObject definition)
    {
        if (definition["spec"] is not JsonObject spec)
        {
            return [FieldError.Required("spec")];
        }

        var errors = new List<FieldError>();
        foreach (var member in (string[])["group", "scope"])
        {
            Require(errors, spec, "spec", member);
        }

        if (spec.Text("scope") is { } scope and not ("Namespaced" or "Cluster"))
        {
            errors.Add(FieldError.NotSupported("spec.scope", scope, ["Cluster", "Namespaced"]));
        }

        if (spec["names"] is JsonObject names)
        {
            CheckNames(errors, definition, spec, names);
        }
        else
        {
            errors.Add(FieldError.Required("spec.names"));
        }

        CheckVersions(errors, spec);
        return errors;
    }

    private static void CheckNames(List<FieldError> errors, JsonObject definition, JsonObject spec, JsonObject names)
    {
        Require(errors, names, "spec.names", "plural");
        Require(errors, names, "spec.names", "kind");
        if (definition.Name() != $"{names.Text("plural")}.{spec.Text("group")}")
        {
            errors.Add(FieldError.Invalid("metadata.name", definition.Name(), "must be spec.names.plural+\".\"+spec.group"));
        }
    }

    private static void CheckVersions(List<FieldError> errors, JsonObject spec)
    {
        var versions = (spec["versions"] as JsonArray)?.OfType<JsonObject>().ToArray() ?? [];
        if (versions.Count(candidate => candidate.Flag("storage")) != 1)
        {
            errors.Add(
                FieldError.Invalid(
                    "spec.versions", spec["versions"]?.DeepClone(), "must have exactly one version marked as storage version"));
        }

        for (var i = 0; i < versions.Length; i++)
        {
            Require(errors, versions[i], $"spec.versions[{i}]", "name");
            var path = $"spec.versions[{i}].schema.openAPIV3Schema";
            if ((versions[i]["schema"] as JsonObject)?["openAPIV3Schema"] is JsonObject schema)
            {
                CheckSchema(schema, path, errors);
            }
            else
            {
                errors.Add(FieldError.Required(path, "schemas are required"));
            }

            errors.AddRange(ScalePaths.Check(versions[i], $"spec.versions[{i}]"));
        }
    }

    private static void CheckSchema(JsonObject schema, string path, List<FieldError> errors)
    {
        var found = new List<FieldError>();
        SchemaRules.Check(schema, path, found);
        if (found.Count == 0)
        {
            DefaultRules.Check(schema, path, found);
        }

        errors.AddRange(found);
    }

    private static void Require(List<FieldError> errors, JsonObject parent, string path, string member)
    {
        if (string.IsNullOrEmpty(parent.Text(member)))
        {
            errors.Add(FieldError.Required($"{path}.{member}"));
        }
    }
}
