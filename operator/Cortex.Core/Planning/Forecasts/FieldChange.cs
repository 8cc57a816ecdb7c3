using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Postgres;
using k8s;

namespace Cortex.Core.Planning.Forecasts;

/// <summary>One field of the spec that an edit changes.</summary>
/// <param name="Path"><c>spec.postgres.parameters.work_mem</c>.</param>
/// <param name="Before">Null: it was not there.</param>
/// <param name="After">Null: it is taken away.</param>
/// <param name="Effect">What the change of this field alone comes to, in a word or two.</param>
public sealed record FieldChange(string Path, string? Before, string? After, string Effect)
{
    private const string Parameters = "spec.postgres.parameters.";

    /// <summary>It is shown on a screen, and no page of HTML has it in it.</summary>
    private static readonly JsonSerializerOptions ForPeople = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly (string Prefix, string Effect)[] Effects =
    [
        ("spec.image", "new pods"),
        ("spec.podman", "new pods"),
        ("spec.resources", "new pods"),
        ("spec.kubernetes.spread", "pods made from now on"),
        ("spec.kubernetes.allowFrom", "network policy"),
        ("spec.storage.size", "on Kubernetes, volumes grow"),
        ("spec.storage", "volumes made from now on"),
        ("spec.instances", "instances"),
        ("spec.promote", "promotion"),
        ("spec.postgres", "reload"),
        ("spec.replication", "reload"),
        ("spec.database", "SQL on the primary"),
        ("spec.tls", "certificates, when they are due"),
    ];

    public bool IsOfParameter => Path.StartsWith(Parameters, StringComparison.Ordinal);

    /// <summary>The fields in which two specs differ, their defaults filled in, in the order of their paths.</summary>
    /// <param name="server">What the server that runs says of its parameters.</param>
    public static IReadOnlyList<FieldChange> Between(ClusterSpec before, ClusterSpec after, ServerParameters server)
    {
        var (old, next) = (Fields(before), Fields(after));
        return
        [
            .. old.Keys.Union(next.Keys).Order(StringComparer.Ordinal)
                .Select(path => new FieldChange(path, old.GetValueOrDefault(path), next.GetValueOrDefault(path), EffectOf(path, server)))
                .Where(change => change.Before != change.After),
        ];
    }

    private static string EffectOf(string path, ServerParameters server) =>
        path.StartsWith(Parameters, StringComparison.Ordinal) ? server.NeedRestart(path[Parameters.Length..]) ? "restart" : "reload"
        // A promotion's two words are told apart from each other: one is a wish, the other a permission.
        : path == "spec.promoteAllowDataLoss" ? "nothing by itself"
        : Effects.FirstOrDefault(row => path.StartsWith(row.Prefix, StringComparison.Ordinal)).Effect ?? "nothing by itself";

    private static Dictionary<string, string> Fields(ClusterSpec spec)
    {
        Dictionary<string, string> fields = [];
        Collect("spec", JsonNode.Parse(KubernetesJson.Serialize(spec)), fields);
        return fields;
    }

    private static void Collect(string path, JsonNode? node, Dictionary<string, string> fields)
    {
        if (node is JsonObject below)
        {
            foreach (var (name, value) in below)
            {
                Collect($"{path}.{name}", value, fields);
            }
        }
        else if (node is JsonArray { Count: > 0 } or JsonValue && Text(node) is { Length: > 0 } text)
        {
            fields[path] = text;
        }
    }

    private static string Text(JsonNode node) => node is JsonValue && node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString(ForPeople);
}
