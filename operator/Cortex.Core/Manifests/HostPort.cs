using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Manifests;

/// <summary>
/// The port of this machine on which Podman publishes an instance: the first instance on spec.podman.basePort, each further one on the
/// next.
/// </summary>
public static class HostPort
{
    /// <exception cref="ArgumentException">The name is not that of an instance of this cluster.</exception>
    public static int Of(ClusterKey cluster, ClusterSpec spec, string instance) =>
        spec.Podman.BasePort + (Names.IndexOf(cluster.Name, instance)
            ?? throw new ArgumentException($"{instance} is not an instance of {cluster}", nameof(instance)));
}
