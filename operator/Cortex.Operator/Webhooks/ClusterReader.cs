using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Postgres;
using k8s.Models;

namespace Cortex.Operator.Webhooks;

/// <summary>Reads the parts of a resource that the rules need. Other parts, above all the status, cannot cause an error.</summary>
internal static class ClusterReader
{
    /// <summary>As long as the suffix that an API server appends to <c>generateName</c>.</summary>
    private const string GeneratedSuffix = "xxxxx";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
    };

    /// <param name="why">The field that this operator cannot read, if there is one.</param>
    public static bool TryRead(JsonObject item, [NotNullWhen(true)] out CortexCluster? cluster, [NotNullWhen(false)] out FieldRefusal? why)
    {
        try
        {
            (cluster, why) = (Read(item), null);
            return true;
        }
        catch (JsonException e)
        {
            (cluster, why) = (null,
                new FieldRefusal(
                    $"spec{e.Path?.TrimStart('$')}",
                    "the value cannot be read by this operator; its version and the CustomResourceDefinition may differ"));
            return false;
        }
    }

    private static CortexCluster Read(JsonObject item)
    {
        var metadata = item["metadata"] as JsonObject ?? [];
        var name = metadata.Text("name") is { Length: > 0 } given ? given : $"{metadata.Text("generateName")}{GeneratedSuffix}";
        return new CortexCluster
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = metadata.Text("namespace") },
            Spec = item["spec"].Deserialize<ClusterSpec>(Options) ?? new ClusterSpec(),
            Status = item["status"] is JsonObject status ? new ClusterStatus { Primary = status.Text("primary") } : null,
        };
    }
}
