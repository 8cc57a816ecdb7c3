using System.Text.Json.Nodes;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Schemas;

namespace Cortex.ApiServer.OpenApi;

/// <summary>Structural schemas as OpenAPI definitions. Version 2 is less expressive; it omits the rest, as kube-apiserver does.</summary>
internal static class SchemaRendering
{
    public const string MetadataDefinition = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    private static readonly string[] NotInVersion2 = ["nullable", "anyOf", "oneOf", "not"];

    /// <summary>The target of references.</summary>
    public enum References
    {
        Version2,
        Version3,
    }

    public static JsonObject Metadata(References references) => Render(WithoutNulls(ObjectSchema.MetadataSchema()), references);

    public static JsonObject Of(ApiResource resource, References references)
    {
        var schema = Render(resource.IsCustom ? resource.Schema : WithoutNulls(resource.Schema), references);
        schema["properties"]!["metadata"] = references is References.Version2
            ? new JsonObject { ["description"] = "Standard object's metadata.", ["$ref"] = Reference(MetadataDefinition, references) }
            : new JsonObject
            {
                ["description"] = "Standard object's metadata.",
                ["default"] = new JsonObject(),
                ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = Reference(MetadataDefinition, references) }),
            };
        schema["x-kubernetes-group-version-kind"] = new JsonArray(Identity(resource));
        return schema;
    }

    public static JsonObject Identity(ApiResource resource) =>
        new() { ["group"] = resource.Group, ["kind"] = resource.Kind, ["version"] = resource.Version };

    public static string Reference(string definition, References references) =>
        (references is References.Version2 ? "#/definitions/" : "#/components/schemas/") + definition;

    private static JsonObject Render(JsonObject schema, References references)
    {
        var result = new JsonObject();
        foreach (var (name, value) in schema)
        {
            if (references is References.Version2 && Omit(schema, name))
            {
                continue;
            }

            result[name] = (name, value) switch
            {
                ("properties", JsonObject members) => Members(members, references),
                ("items" or "additionalProperties" or "not", JsonObject inner) => Render(inner, references),
                ("allOf" or "anyOf" or "oneOf", JsonArray parts) =>
                    new JsonArray([.. parts.OfType<JsonObject>().Select(part => Render(part, references))]),
                _ => value?.DeepClone(),
            };
        }

        return result;
    }

    // Old clients validate on their side. What they would misunderstand (free-form objects, nulls) must look untyped to them.
    private static bool Omit(JsonObject schema, string member) => NotInVersion2.Contains(member)
        || (member == "type" && schema.Flag("nullable"))
        || (member is "type" or "properties" or "required" && schema.Flag("x-kubernetes-preserve-unknown-fields"));

    // Nulls in built-in kinds are accepted from clients, but they are not part of the described types.
    private static JsonObject WithoutNulls(JsonObject schema)
    {
        var plain = schema.Copy();
        plain.Remove("nullable");
        foreach (var (name, member) in (plain["properties"] as JsonObject ?? []).ToArray())
        {
            plain["properties"]![name] = WithoutNulls(member!.AsObject());
        }

        return plain;
    }

    private static JsonObject Members(JsonObject members, References references) =>
        new(
            members.Select(
                m => KeyValuePair.Create<string, JsonNode?>(m.Key, m.Value is JsonObject inner ? Render(inner, references) : null)));
}
