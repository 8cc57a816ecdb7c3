using k8s;
using k8s.Models;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>The custom resource that the tests serve.</summary>
internal static class Widgets
{
    public static string DefinitionFile { get; } = Path.Combine(AppContext.BaseDirectory, "widgets.yaml");

    public static V1CustomResourceDefinition Definition() =>
        KubernetesYaml.LoadFromFileAsync<V1CustomResourceDefinition>(DefinitionFile).GetAwaiter().GetResult();

    public static string Yaml(string name, int size = 3, string more = "") => $$"""
        {"apiVersion": "example.dev/v1", "kind": "Widget", "metadata": {"name": "{{name}}"}, "spec": {"size": {{size}}{{more}} } }
        """;
}
