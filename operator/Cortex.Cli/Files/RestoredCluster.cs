using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s;

namespace Cortex.Cli.Files;

/// <summary>The manifest of a cluster that is restored from the backups of another one, and runs beside it. Pure.</summary>
internal static class RestoredCluster
{
    /// <summary>The requests to the source alone, which mean nothing to a new cluster.</summary>
    private static readonly string[] OfSource = ["promote", "promoteAllowDataLoss", "kubernetes", "bootstrap"];

    /// <param name="folder">Of an earlier cluster, in the repository of the source; null: that of the source.</param>
    public static FromBackupSpec From(CortexCluster source, RestoreTargetSpec target, string? folder) => folder is null
        ? new() { Cluster = source.Metadata.Name, Target = target }
        : new()
        {
            Repository = source.Spec.Backup?.Repository,
            Folder = folder,
            Encryption = source.Spec.Backup?.Encryption,
            Target = target,
        };

    /// <param name="others">Every cluster of this machine, so that their ports are left free.</param>
    public static string Render(CortexCluster source, string name, FromBackupSpec from, IEnumerable<CortexCluster> others)
    {
        var spec = WithoutDefaults(source.Spec);
        foreach (var field in OfSource)
        {
            spec.Remove(field);
        }

        var podman = spec["podman"] as JsonObject ?? [];
        podman["basePort"] = FreePort(source, others);
        spec["podman"] = podman;
        spec["bootstrap"] = new JsonObject { ["fromBackup"] = Difference(Json(from), Json(new FromBackupSpec())) };
        var manifest = new JsonObject
        {
            ["apiVersion"] = source.ApiVersion,
            ["kind"] = CortexCluster.KindName,
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = source.Metadata.NamespaceProperty },
            ["spec"] = spec,
        };
        return KubernetesYaml.Serialize(Plain(manifest)!).TrimEnd() + "\n";
    }

    /// <summary>The first port above those of the source from which on there is room for as many instances as a cluster may have.</summary>
    internal static int FreePort(CortexCluster source, IEnumerable<CortexCluster> others)
    {
        var taken = others.Select(cluster => cluster.Spec.Podman.BasePort).ToList();
        var last = Numbers.HighestPort - Membership.MostInstances + 1;
        for (var port = source.Spec.Podman.BasePort + Membership.MostInstances; port <= last; port++)
        {
            if (taken.All(other => Math.Abs(other - port) >= Membership.MostInstances))
            {
                return port;
            }
        }

        throw new CommandException(
            $"no {Membership.MostInstances} ports in a row are free above {source.Spec.Podman.BasePort}",
            "write the resource of the new cluster yourself, with another spec.podman.basePort");
    }

    private static JsonObject WithoutDefaults(ClusterSpec spec) =>
        Difference(Json(spec), Json(new ClusterSpec { Backup = new() { Schedule = new() }, Resources = new() }));

    private static JsonObject Json(object part) => JsonNode.Parse(KubernetesJson.Serialize(part))!.AsObject();

    private static JsonObject Difference(JsonObject said, JsonObject usual)
    {
        JsonObject left = [];
        foreach (var (name, value) in said)
        {
            if (value is null || JsonNode.DeepEquals(value, usual[name]))
            {
                continue;
            }

            var part = value is JsonObject inner ? Difference(inner, usual[name] as JsonObject ?? []) : value.DeepClone();
            if (part is not JsonObject { Count: 0 } and not JsonArray { Count: 0 })
            {
                left[name] = part;
            }
        }

        return left;
    }

    /// <summary>As the serializer of YAML knows it.</summary>
    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject map => map.ToDictionary(field => field.Key, field => Plain(field.Value)),
        JsonArray list => list.Select(Plain).ToList(),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        JsonValue value => value.Deserialize<long>(),
        _ => null,
    };
}
