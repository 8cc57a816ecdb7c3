using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Schemas;

/// <summary>Adds the members that every object has to the schema of a kind, as kube-apiserver does.</summary>
internal static class ObjectSchema
{
    private static readonly JsonObject Metadata = Load();

    public static JsonObject Complete(JsonObject? own)
    {
        var schema = own?.Copy() ?? new JsonObject { ["x-kubernetes-preserve-unknown-fields"] = true };
        schema["type"] = "object";
        var properties = schema["properties"] as JsonObject ?? [];
        var complete = new JsonObject
        {
            ["apiVersion"] = Text("APIVersion defines the versioned schema of this representation of an object."),
            ["kind"] = Text("Kind is a string value representing the REST resource this object represents."),
            ["metadata"] = Metadata.DeepClone(),
        };
        // The name is the only part of metadata that a definition may restrict.
        if (properties["metadata"]?["properties"]?["name"] is JsonObject restricted)
        {
            foreach (var (word, value) in restricted)
            {
                complete["metadata"]!["properties"]!["name"]![word] = value?.DeepClone();
            }
        }

        foreach (var (name, value) in properties)
        {
            if (!complete.ContainsKey(name))
            {
                complete[name] = value?.DeepClone();
            }
        }

        schema["properties"] = complete;
        return schema;
    }

    public static JsonObject MetadataSchema() => Metadata.Copy();

    private static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    private static JsonObject Load()
    {
        using var stream = typeof(ObjectSchema).Assembly.GetManifestResourceStream("BuiltIns.json")!;
        return JsonNode.Parse(stream)!["objectMeta"]!.DeepClone().AsObject();
    }
}
