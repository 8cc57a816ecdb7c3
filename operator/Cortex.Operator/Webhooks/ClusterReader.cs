using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Postgres;
using k8s.Models;

namespace Cortex.Operator.Webhooks;

/// <summary>Reads of a resource what the rules look at. Whatever else it carries, in status above all, cannot make an answer fail.</summary>
internal static class ClusterReader
{
    /// <summary>As long as what an API server puts behind <c>generateName</c>.</summary>
    private const string Generated = "xxxxx";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, RespectNullableAnnotations = true };

    /// <param name="why">The field that this operator cannot read, where it cannot.</param>
    public static bool TryRead(JsonObject item, [NotNullWhen(true)] out CortexCluster? cluster, [NotNullWhen(false)] out FieldRefusal? why)
    {
        try
        {
            (cluster, why) = (Read(item), null);
            return true;
        }
        catch (JsonException e)
        {
            (cluster, why) = (null, new FieldRefusal($"spec{e.Path?.TrimStart('$')}", "it has a value that this operator cannot read; its version and the CustomResourceDefinition may differ"));
            return false;
        }
    }

    private static CortexCluster Read(JsonObject item)
    {
        var metadata = item["metadata"] as JsonObject ?? [];
        var name = metadata.Text("name") is { Length: > 0 } given ? given : $"{metadata.Text("generateName")}{Generated}";
        return new CortexCluster
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = metadata.Text("namespace") },
            Spec = item["spec"].Deserialize<ClusterSpec>(Options) ?? new ClusterSpec(),
            Status = item["status"] is JsonObject status ? new ClusterStatus { Primary = status.Text("primary") } : null,
        };
    }
}
