using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>What an owner reference must say. https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/</summary>
internal static class OwnerRules
{
    private const string Path = "metadata.ownerReferences";

    public static void Check(JsonArray owners, List<FieldError> errors)
    {
        var first = "";
        foreach (var (i, owner) in owners.OfType<JsonObject>().Index())
        {
            CheckOne(owner, $"{Path}[{i}]", errors);
            if (!owner.Flag("controller"))
                continue;
            var controller = $"{owner.Text("kind")}/{owner.Text("name")}";
            if (first.Length > 0)
                errors.Add(FieldError.Invalid(Path, owners, $"Only one reference can have Controller set to true. Found \"true\" in references for {first} and {controller}"));
            else
                first = controller;
        }
    }

    private static void CheckOne(JsonObject owner, string path, List<FieldError> errors)
    {
        // "v1", or "group/version".
        var apiVersion = owner.Text("apiVersion") ?? "";
        if (apiVersion.Split('/') is not ([{ Length: > 0 }] or [_, { Length: > 0 }]))
            errors.Add(FieldError.Invalid($"{path}.apiVersion", apiVersion, "version must not be empty"));
        foreach (var member in (string[])["kind", "name", "uid"])
        {
            if (string.IsNullOrEmpty(owner.Text(member)))
                errors.Add(FieldError.Invalid($"{path}.{member}", owner.Text(member) ?? "", "must not be empty"));
        }
        if (apiVersion == "v1" && owner.Text("kind") == "Event")
            errors.Add(FieldError.Invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner"));
    }
}
