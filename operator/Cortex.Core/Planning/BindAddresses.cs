using System.Net;
using System.Net.Sockets;

namespace Cortex.Core.Planning;

/// <summary>
/// On which address the ports of instances may be published. It is handed to Podman as it is written, stands in the endpoint that clients are given, and in the certificate that they verify:
/// so it is one address that a client can reach, in the form that everybody reads alike.
/// </summary>
internal static class BindAddresses
{
    private const string Instead = "name one address of this machine that clients reach, such as 127.0.0.1";

    /// <summary>The reason, to follow the value; null where it will do.</summary>
    public static string? WhyNot(string value)
    {
        // A zone is known to one machine only, and to no certificate.
        if (value.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(value, out var address))
        {
            return "is no IP address";
        }

        if (IsWildcard(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))
        {
            return $"means every address of this machine, and no client can connect to that or verify it; {Instead}";
        }

        if (address.IsIPv6Multicast || address.Equals(IPAddress.Broadcast) || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 and < 240))
        {
            return $"is no address of one machine; {Instead}";
        }

        return address.ToString().Equals(value, StringComparison.OrdinalIgnoreCase) ? null : $"is not how that address is written; write {address}";
    }

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
