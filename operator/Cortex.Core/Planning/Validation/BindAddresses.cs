using System.Net;
using System.Net.Sockets;

namespace Cortex.Core.Planning;

/// <summary>
/// On which address the ports of instances may be published. It is handed to Podman as it is written, stands in the endpoint that clients are given, and in the certificate that they verify:
/// so it is one address that a client can reach, in the form that everybody reads alike. The network of a cluster is IPv4 only, and Podman forwards nothing from an IPv6 address to it.
/// </summary>
internal static class BindAddresses
{
    private const string Instead = "name one IPv4 address of this machine that clients reach, such as 127.0.0.1";

    /// <summary>The reason, to follow the value; null where it will do.</summary>
    public static string? WhyNot(string value)
    {
        if (!IPAddress.TryParse(value, out var address))
        {
            return $"is no IP address; {Instead}";
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any))
        {
            return $"means every address of this machine, and no client can connect to that or verify it; {Instead}";
        }

        if (address.AddressFamily != AddressFamily.InterNetwork)
        {
            return $"is an IPv6 address, and the network of a cluster is IPv4 only; {Instead}";
        }

        if (address.GetAddressBytes()[0] is 0 or (>= 224 and < 240) || address.Equals(IPAddress.Broadcast))
        {
            return $"is no address of one machine; {Instead}";
        }

        return address.ToString().Equals(value, StringComparison.OrdinalIgnoreCase) ? null : $"is not how that address is written; write {address}";
    }
}
