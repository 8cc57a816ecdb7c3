using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>The rules for owner references. https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/</summary>
internal static class OwnerRules
{
    private const string Path = "metadata.ownerReferences";

    public static void Check(JsonArray owners, List<FieldError> errors)
    {
        JsonObject[] all = [.. owners.OfType<JsonObject>()];
        foreach (var (i, owner) in all.Index())
        {
            CheckOne(owner, $"{Path}[{i}]", errors);
        }

        // Reported for the first two only: the message contains all references, and every further report would repeat them.
        string[] controllers =
        [
            .. all.Where(owner => owner.Flag("controller")).Take(2).Select(owner => $"{owner.Text("kind")}/{owner.Text("name")}"),
        ];
        if (controllers is [var first, var second])
        {
            errors.Add(
                FieldError.Invalid(
                    Path,
                    owners,
                    $"Only one reference can have Controller set to true. Found \"true\" in references for {first} and {second}"));
        }
    }

    private static void CheckOne(JsonObject owner, string path, List<FieldError> errors)
    {
        // "v1", or "group/version".
        var apiVersion = owner.Text("apiVersion") ?? "";
        if (apiVersion.Split('/') is not ([{ Length: > 0 }] or [_, { Length: > 0 }]))
        {
            errors.Add(FieldError.Invalid($"{path}.apiVersion", apiVersion, "version must not be empty"));
        }

        foreach (var member in (string[])["kind", "name", "uid"])
        {
            if (string.IsNullOrEmpty(owner.Text(member)))
            {
                errors.Add(FieldError.Invalid($"{path}.{member}", owner.Text(member) ?? "", "must not be empty"));
            }
        }

        if (apiVersion == "v1" && owner.Text("kind") == "Event")
        {
            errors.Add(FieldError.Invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner"));
        }
    }
}
