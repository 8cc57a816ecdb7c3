using System.Net;
using Cortex.Core.Api;
using Cortex.Core.Manifests;

namespace Cortex.Core.Planning;

/// <summary>The address by which a port is reached from the machine that publishes it.</summary>
public static class HostAddresses
{
    /// <summary>Where an instance on Podman is reached, by the spec. A pod that was made before an edit may be elsewhere.</summary>
    /// <exception cref="ArgumentException">The name is not that of an instance of this cluster.</exception>
    public static (string Host, int Port) Of(ClusterKey cluster, ClusterSpec spec, string instance) =>
        (Reachable(spec.Podman.BindAddress), HostPort.Of(cluster, spec, instance));

    /// <summary>A port that is bound to every address is reached by the loopback address.</summary>
    /// <param name="bound">Null or empty where it is every address.</param>
    public static string Reachable(string? bound) =>
        string.IsNullOrEmpty(bound) ? IPAddress.Loopback.ToString()
        : !IPAddress.TryParse(bound, out var address) ? bound
        : address.Equals(IPAddress.Any) ? IPAddress.Loopback.ToString()
        : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback.ToString()
        : bound;
}
