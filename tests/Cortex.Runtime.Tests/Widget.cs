using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Cortex.Runtime.Tests;

/// <summary>The kind of the tests.</summary>
[KubernetesEntity(Group = "runtime.test", ApiVersion = "v1", Kind = "Widget", PluralName = "widgets")]
public sealed class Widget : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "runtime.test/v1";

    [JsonPropertyName("kind")] public string Kind { get; set; } = "Widget";

    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")] public WidgetSpec? Spec { get; set; }

    [JsonPropertyName("status")] public WidgetStatus? Status { get; set; }

    public static Widget Named(string name, string colour = "red", string ns = "default") =>
        new() { Metadata = new() { Name = name, NamespaceProperty = ns }, Spec = new(colour) };

    /// <summary>A widget in the form of a server's answer.</summary>
    public static JsonObject Json(string name, string version, string colour = "red") => new()
    {
        ["apiVersion"] = "runtime.test/v1",
        ["kind"] = "Widget",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default", ["resourceVersion"] = version },
        ["spec"] = new JsonObject { ["colour"] = colour },
    };
}

public sealed record WidgetSpec([property: JsonPropertyName("colour")] string Colour);

public sealed record WidgetStatus(
    [property: JsonPropertyName("phase")] string? Phase,
    [property: JsonPropertyName("ready")] int? Ready = null);
