using k8s.Models;

namespace Cortex.ApiServer;

/// <summary>What an embedded API server needs to know before it starts.</summary>
public sealed record ApiServerOptions
{
    /// <summary>Folder for database, certificate, token and kubeconfig. Made with mode 0700; one server at a time may use it.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>TCP port on 127.0.0.1. 0 takes a free one and keeps it for later starts with the same state directory.</summary>
    public int Port { get; init; }

    /// <summary>The custom resources to serve from the start. Further ones can be applied as on any cluster.</summary>
    public required IReadOnlyList<V1CustomResourceDefinition> Definitions { get; init; }

    /// <summary>Name of context, cluster and user in the kubeconfig.</summary>
    public string ContextName { get; init; } = "cortex";

    /// <summary>
    /// Build metadata of the version that <c>kubectl version</c> shows, after the Kubernetes version whose behaviour is served.
    /// </summary>
    public string Version { get; init; } = "embedded";

    /// <summary>How many changes a watch can go back. Older resource versions answer 410 Gone, as after an etcd compaction.</summary>
    public int ChangesKept { get; init; } = 5000;
}
