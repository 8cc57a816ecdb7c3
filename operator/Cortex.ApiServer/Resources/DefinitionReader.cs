using System.Text.Json.Nodes;
using Cortex.ApiServer.Schemas;

namespace Cortex.ApiServer.Resources;

/// <summary>
/// Reads a CustomResourceDefinition (apiextensions.k8s.io/v1). The built-in kinds are described in the same format (BuiltIns.json).
/// </summary>
internal static class DefinitionReader
{
    public const string StorageName = "customresourcedefinitions.apiextensions.k8s.io";

    public static IEnumerable<ApiResource> Read(JsonObject definition)
    {
        var spec = definition["spec"]!.AsObject();
        return from version in spec["versions"]!.AsArray().OfType<JsonObject>()
               where version.Flag("served")
               select Read(spec, version);
    }

    public static ApiResource Read(JsonObject spec, JsonObject version)
    {
        var names = spec["names"]!.AsObject();
        var group = spec.Text("group") ?? "";
        var kind = names.Text("kind")!;
        var plural = names.Text("plural")!;
        var columns = version["additionalPrinterColumns"] as JsonArray;
        var schema = ObjectSchema.Complete(version["schema"]?["openAPIV3Schema"] as JsonObject);
        return new()
        {
            Group = group,
            Version = version.Text("name")!,
            Plural = plural,
            Singular = names.Text("singular") ?? Lower(kind),
            Kind = kind,
            ListKind = names.Text("listKind") ?? kind + "List",
            ShortNames = Strings(names["shortNames"]),
            Categories = Strings(names["categories"]),
            Namespaced = spec.Text("scope") == "Namespaced",
            HasStatus = version["subresources"] is JsonObject subresources && subresources.ContainsKey("status"),
            Scale = ScalePaths.Read(version),
            IsCustom = true,
            Schema = schema,
            Rules = RuleTree.Of(schema),
            Columns = columns is null ? PrinterColumns.Default : PrinterColumns.Read(columns),
            SelectableFields = SelectableFieldsOf(version),
            StorageName = group.Length == 0 ? plural : $"{plural}.{group}",
            DefinitionName = string.Join('.', [.. group.Split('.').Reverse(), version.Text("name")!, kind]),
        };
    }

    /// <summary>
    /// Adds what the API server adds when a definition is written: absent names, and the conditions of an established definition.
    /// </summary>
    public static void Establish(JsonObject definition, string now)
    {
        var spec = definition["spec"]!.AsObject();
        var names = spec["names"]!.AsObject();
        names["singular"] ??= Lower(names.Text("kind")!);
        names["listKind"] ??= names.Text("kind") + "List";
        spec["conversion"] ??= new JsonObject { ["strategy"] = "None" };
        var storage = spec["versions"]!.AsArray().OfType<JsonObject>().First(candidate => candidate.Flag("storage"));
        var since = (definition["status"]?["conditions"] as JsonArray)?[0]?["lastTransitionTime"]?.ToString() ?? now;
        definition["status"] = new JsonObject
        {
            ["acceptedNames"] = names.DeepClone(),
            ["conditions"] = new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found", since),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", since)),
            ["storedVersions"] = new JsonArray(storage.Text("name")),
        };
    }

    private static JsonObject Condition(string type, string reason, string message, string since) => new()
    {
        ["lastTransitionTime"] = since,
        ["message"] = message,
        ["reason"] = reason,
        ["status"] = "True",
        ["type"] = type,
    };

    private static IReadOnlyList<string> SelectableFieldsOf(JsonObject version) => version["selectableFields"] is JsonArray fields
        ? [.. fields.OfType<JsonObject>().Select(field => field.Text("jsonPath")!.TrimStart('.'))]
        : [];

    private static IReadOnlyList<string> Strings(JsonNode? list) =>
        list is JsonArray array ? [.. array.Select(item => item!.ToString())] : [];

    private static string Lower(string kind) => kind.ToLowerInvariant();
}
