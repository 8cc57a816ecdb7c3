using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Cortex.Core.Manifests;

/// <summary>
/// Whether an object still has all that the operator wrote. The API adds fields of its own (a service's address, defaults), and other
/// programs may add labels. So only the fields that were written are compared, and a list as a whole.
/// </summary>
public static class ObjectDrift
{
    public static bool Says(IKubernetesObject<V1ObjectMeta> live, IKubernetesObject<V1ObjectMeta> wanted) =>
        Covers(Node(live), Essence(wanted));

    /// <summary>The API decides which version it answers in.</summary>
    private static JsonObject Essence(IKubernetesObject<V1ObjectMeta> wanted)
    {
        var node = Node(wanted).AsObject();
        node.Remove("apiVersion");
        node.Remove("kind");
        node.Remove("status");
        return node;
    }

    private static JsonNode Node(IKubernetesObject<V1ObjectMeta> thing) => JsonNode.Parse(KubernetesJson.Serialize(thing))!;

    private static bool Covers(JsonNode? live, JsonNode? wanted) => (live, wanted) switch
    {
        (_, null) => true,
        // An empty selector, which selects everything, is returned as it is or is left out.
        (null, JsonObject { Count: 0 }) => true,
        (JsonObject have, JsonObject want) => want.All(field => Covers(have[field.Key], field.Value)),
        (JsonArray have, JsonArray want) => have.Count == want.Count && have.Zip(want).All(pair => Covers(pair.First, pair.Second)),
        (JsonValue have, JsonValue want) => Text(have) == Text(want),
        _ => false,
    };

    /// <summary>A number or text, as a port may be.</summary>
    private static string Text(JsonValue value) =>
        value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
}
