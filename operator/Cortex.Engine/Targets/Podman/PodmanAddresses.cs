using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The addresses of a cluster's instances in its network: the last ones of its first IPv4 subnet, one for each index. They are the same in
/// each life of a pod, so that instances find each other without a name server.
/// </summary>
internal static class PodmanAddresses
{
    /// <summary>More than a cluster may have instances.</summary>
    private const int Reserved = 16;

    /// <summary>The address that the instance gets; null in a network that has no room for it.</summary>
    public static string? Of(NetworkRow network, ClusterKey cluster, string instance) =>
        Names.IndexOf(cluster.Name, instance) is { } index and < Reserved && Subnet(network) is { } subnet
            ? Text(subnet.Last - 1 - (uint)index)
            : null;

    /// <summary>
    /// The hardware address (MAC) that belongs to an address. It has to stay the same as well: a kernel that has just spoken to the last
    /// pod of an address sends what is for the next one to the old hardware address, until its neighbour entry is no longer reachable,
    /// which takes up to 45 s (https://man7.org/linux/man-pages/man7/arp.7.html, base_reachable_time_ms). The first byte says that it is
    /// administered locally.
    /// </summary>
    public static string HardwareOf(string address)
    {
        var bytes = IPAddress.Parse(address).GetAddressBytes().Select(part => part.ToString("x2", CultureInfo.InvariantCulture));
        return $"02:ca:{string.Join(':', bytes)}";
    }

    /// <summary>
    /// By instance: what the label of its pod says, and where there is no pod, what it will get. A pod that an earlier version made has no
    /// label.
    /// </summary>
    public static Dictionary<string, string> All(NetworkRow network, ClusterKey cluster, IEnumerable<PodRow> pods)
    {
        var present = pods.ToDictionary(pod => pod.Name, pod => pod.Labels?.GetValueOrDefault(Labels.Address));
        return Names.Instances(cluster.Name, Reserved)
            .Select(one => (Name: one, Address: present.TryGetValue(one, out var has) ? has : Of(network, cluster, one)))
            .Where(one => one.Address is not null).ToDictionary(one => one.Name, one => one.Address!);
    }

    /// <summary>
    /// The same subnets, with the addresses of instances kept from all other containers; null where there is nothing to keep.
    /// </summary>
    public static IReadOnlyList<Subnet>? Kept(NetworkRow network) => Subnet(network) is not { } subnet ? null :
    [
        .. network.Subnets!.Select(one => one != subnet.Row
            ? one
            : one with { Leases = new LeaseRange(Text(subnet.First + 1), Text(subnet.Last - Reserved - 1)) }),
    ];

    private static (Subnet Row, uint First, uint Last)? Subnet(NetworkRow network)
    {
        foreach (var row in network.Subnets ?? [])
        {
            // Room for as many others.
            if (IPNetwork.TryParse(row.Range, out var range)
                && range.BaseAddress.AddressFamily == AddressFamily.InterNetwork
                && range.PrefixLength <= 27)
            {
                var first = BinaryPrimitives.ReadUInt32BigEndian(range.BaseAddress.GetAddressBytes());
                return (row, first, first | uint.MaxValue >> range.PrefixLength);
            }
        }

        return null;
    }

    private static string Text(uint address)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new IPAddress(bytes).ToString();
    }
}
