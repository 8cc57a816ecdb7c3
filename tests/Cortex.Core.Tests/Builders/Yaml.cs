using System.Text.Json;
using Cortex.Core.Api;
using YamlDotNet.Serialization;

namespace Cortex.Core.Tests.Builders;

/// <summary>Reads resources as the API does: YAML to JSON, JSON to the types.</summary>
internal static class Yaml
{
    private static readonly IDeserializer Reader = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
    private static readonly ISerializer ToJson = new SerializerBuilder().JsonCompatible().Build();
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static JsonElement Element(string yaml) => Element(Reader.Deserialize<object>(yaml));

    public static JsonElement Element(object value) => JsonSerializer.Deserialize<JsonElement>(ToJson.Serialize(value));

    public static CortexCluster Cluster(string yaml)
    {
        var cluster = Element(yaml).Deserialize<CortexCluster>(Options)!;
        cluster.Metadata.NamespaceProperty ??= "default";
        return cluster;
    }
}
