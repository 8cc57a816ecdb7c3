using Cortex.Runtime;
using k8s;

namespace Cortex.Operator.Clients;

/// <summary>Clients of a Kubernetes API, which say in each request that they are ours.</summary>
public static class ApiClient
{
    private const string Product = "cortex";

    public static string Version { get; } = typeof(ApiClient).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public static Kubernetes Connect(KubernetesClientConfiguration configuration, params DelegatingHandler[] more) =>
        new(configuration, [new UserAgent(Product, Version), .. more]);
}
