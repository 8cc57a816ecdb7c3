using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>Fields that are allowed and do not do what one may hope for.</summary>
internal static class Meaningless
{
    private static readonly PodmanSpec Podman = new();

    public static IEnumerable<string> OnKubernetes(ClusterSpec spec)
    {
        if (spec.Podman.BindAddress != Podman.BindAddress)
        {
            yield return "spec.podman.bindAddress: without meaning on Kubernetes, where Services are the way in";
        }

        if (spec.Podman.BasePort != Podman.BasePort)
        {
            yield return "spec.podman.basePort: without meaning on Kubernetes, where every instance listens on 5432";
        }

        if (spec.Replication is { Mode: ReplicationMode.Asynchronous, Durability: Durability.Preferred })
        {
            yield return "spec.replication.durability: without meaning unless spec.replication.mode is Synchronous";
        }

        if (spec.Image.StartsWith("localhost/", StringComparison.Ordinal))
        {
            yield return $"spec.image: {spec.Image} is in no registry; every node has to have it already";
        }
    }
}
