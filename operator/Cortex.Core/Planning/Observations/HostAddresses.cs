using System.Net;

namespace Cortex.Core.Planning;

/// <summary>The address by which a port is reached from the machine that publishes it.</summary>
public static class HostAddresses
{
    /// <summary>A port that is bound to every address is reached by the loopback address.</summary>
    /// <param name="bound">Null or empty where it is every address.</param>
    public static string Reachable(string? bound) =>
        string.IsNullOrEmpty(bound) ? IPAddress.Loopback.ToString()
        : !IPAddress.TryParse(bound, out var address) ? bound
        : address.Equals(IPAddress.Any) ? IPAddress.Loopback.ToString()
        : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback.ToString()
        : bound;
}
