using k8s.Models;

namespace Cortex.ApiServer;

/// <summary>The settings of an embedded API server.</summary>
public sealed record ApiServerOptions
{
    /// <summary>
    /// Folder for database, certificate, token and kubeconfig. It is created with mode 0700; one server at a time may use it.
    /// </summary>
    public required string StateDirectory { get; init; }

    /// <summary>TCP port on 127.0.0.1. 0 selects a free port, which later starts with the same state directory use again.</summary>
    public int Port { get; init; }

    /// <summary>The custom resources to serve from the start. More can be applied, as on any cluster.</summary>
    public required IReadOnlyList<V1CustomResourceDefinition> Definitions { get; init; }

    /// <summary>Name of the context, the cluster and the user in the kubeconfig.</summary>
    public string ContextName { get; init; } = "cortex";

    /// <summary>
    /// Build metadata in the version that <c>kubectl version</c> shows, after the Kubernetes version whose behaviour is served.
    /// </summary>
    public string Version { get; init; } = "embedded";

    /// <summary>How many changes a watch can go back. Older resource versions get 410 Gone, as after an etcd compaction.</summary>
    public int ChangesKept { get; init; } = 5000;
}
