using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using k8s;

namespace Cortex.Operator.Commands;

/// <summary>A manifest as the operator will read it. What it may say is judged before anything is done.</summary>
internal static class Planned
{
    /// <summary>As the API reads with strict field validation.</summary>
    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <exception cref="CommandException">There is no such field, its value has the wrong type, or the operator would refuse it; every problem is named.</exception>
    public static CortexCluster From(JsonObject manifest)
    {
        var cluster = Read(manifest);
        return Validity.Of(cluster) is { Count: > 0 } problems
            ? throw new CommandException(
                $"{cluster.Metadata.Name} would be refused: {FieldRefusal.Summary(problems)}", "correct the file")
            : cluster;
    }

    private static CortexCluster Read(JsonObject manifest)
    {
        try
        {
            manifest["spec"].Deserialize<ClusterSpec>(Strict);
        }
        catch (JsonException e)
        {
            var field = $"spec{e.Path?.TrimStart('$')}";
            throw e.Message.Contains("could not be mapped", StringComparison.Ordinal)
                ? new CommandException($"{field} is no field of a {CortexCluster.KindName}", "correct its name or its place; kubectl explain cortexcluster.spec lists them", e)
                : new CommandException($"{field} has a value of the wrong type", "write numbers without quotes and texts such as \"on\" with them", e);
        }

        return KubernetesJson.Deserialize<CortexCluster>(manifest.ToJsonString());
    }
}
