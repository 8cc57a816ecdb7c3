namespace Cortex.Operator.Wiring;

/// <summary>The options of the operator.</summary>
/// <param name="StateDirectory">Where the embedded API keeps its database and kubeconfig.</param>
/// <param name="Kubeconfig">The API to use instead of the embedded API; null: use the embedded API.</param>
/// <param name="Port">The embedded API's port; 0: any free port.</param>
public sealed record OperatorOptions(string StateDirectory, string? Kubeconfig, int Port)
{
    public ExecutionTarget Target { get; init; }

    /// <summary>Use the API of the Kubernetes cluster in which this process runs.</summary>
    public bool InCluster { get; init; }

    /// <summary>The only namespace whose resources are reconciled; null: all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Elect a leader among several replicas.</summary>
    public bool LeaderElect { get; init; }

    /// <summary>The operator's own namespace on Kubernetes; webhook and leader election need it.</summary>
    public string? OwnNamespace { get; init; }

    /// <summary>The validating webhook's port; 0: no webhook.</summary>
    public int WebhookPort { get; init; }

    /// <summary>The probes' port; 0: no probes.</summary>
    public int HealthPort { get; init; }

    /// <summary>Whether the embedded API is used.</summary>
    public bool IsEmbedded => Kubeconfig is null && !InCluster;
}

/// <summary>Where the instances run.</summary>
public enum ExecutionTarget
{
    Podman,
    Kubernetes,
}
