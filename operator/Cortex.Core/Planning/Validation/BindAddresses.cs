using System.Net;
using System.Net.Sockets;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>
/// The addresses on which the ports of instances may be published. The address is passed to Podman as it is written, is part of the
/// endpoint that clients get, and of the certificate that they verify. So it is one address that a client can reach, in a form that every
/// program reads in the same way. The network of a cluster is IPv4 only, and Podman forwards nothing from an IPv6 address to it.
/// </summary>
internal static class BindAddresses
{
    private const string Instead = "name one IPv4 address of this machine that clients reach, such as 127.0.0.1";

    /// <summary>The objection, whose text follows the value in the message; null where the address is valid.</summary>
    public static Objection? WhyNot(string value)
    {
        if (!IPAddress.TryParse(value, out var address))
        {
            return new Objection("is not an IP address", Instead);
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any))
        {
            return new Objection("means every address of this machine, and no client can connect to that or verify it", Instead);
        }

        if (address.AddressFamily != AddressFamily.InterNetwork)
        {
            return new Objection("is an IPv6 address, and the network of a cluster is IPv4 only", Instead);
        }

        if (address.GetAddressBytes()[0] is 0 or (>= 224 and < 240) || address.Equals(IPAddress.Broadcast))
        {
            return new Objection("is not the address of one machine", Instead);
        }

        return address.ToString().Equals(value, StringComparison.OrdinalIgnoreCase)
            ? null
            : new Objection("is not how that address is written", $"write {address}");
    }
}
