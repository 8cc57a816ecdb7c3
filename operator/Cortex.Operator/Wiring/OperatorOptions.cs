namespace Cortex.Operator.Wiring;

/// <summary>How the operator is to run.</summary>
/// <param name="StateDirectory">Where the embedded API keeps its database and kubeconfig.</param>
/// <param name="Kubeconfig">An API to use instead of the embedded one; null for none.</param>
/// <param name="Port">The embedded API's port; 0 for any.</param>
public sealed record OperatorOptions(string StateDirectory, string? Kubeconfig, int Port)
{
    public ExecutionTarget Target { get; init; }

    /// <summary>The API of the cluster that this runs in is used.</summary>
    public bool InCluster { get; init; }

    /// <summary>The only namespace that is looked after; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Several replicas take turns.</summary>
    public bool LeaderElect { get; init; }

    /// <summary>The operator's own namespace on Kubernetes; webhook and leader election need it.</summary>
    public string? OwnNamespace { get; init; }

    /// <summary>The validating webhook's port; 0 for none.</summary>
    public int WebhookPort { get; init; }

    /// <summary>The probes' port; 0 for none.</summary>
    public int HealthPort { get; init; }

    /// <summary>No other API is named.</summary>
    public bool IsEmbedded => Kubeconfig is null && !InCluster;
}

/// <summary>What runs the instances.</summary>
public enum ExecutionTarget
{
    Podman,
    Kubernetes,
}
