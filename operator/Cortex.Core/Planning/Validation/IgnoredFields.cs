using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>Fields that are valid and have no effect, or not the expected one.</summary>
internal static class IgnoredFields
{
    private static readonly PodmanSpec Podman = new();

    public static IEnumerable<string> OnKubernetes(ClusterSpec spec)
    {
        if (spec.Podman.BindAddress != Podman.BindAddress)
        {
            yield return "spec.podman.bindAddress: without effect on Kubernetes, where clients connect through Services";
        }

        if (spec.Podman.BasePort != Podman.BasePort)
        {
            yield return "spec.podman.basePort: without effect on Kubernetes, where every instance listens on 5432";
        }

        if (spec.Replication is { Mode: ReplicationMode.Asynchronous, Durability: Durability.Preferred })
        {
            yield return "spec.replication.durability: without effect unless spec.replication.mode is Synchronous";
        }

        if (spec.Image.StartsWith("localhost/", StringComparison.Ordinal))
        {
            yield return $"spec.image: {spec.Image} is not in a registry; every node must have it already";
        }
    }
}
