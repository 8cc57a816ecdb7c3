using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The addresses of a cluster's instances in its network: the last ones of its first IPv4 subnet, one for each index. They stay the same
/// when a pod is made again, so that instances find each other without a name server.
/// </summary>
internal static class PodmanAddresses
{
    private const int Reserved = Membership.MostInstancesOfAnyVersion;

    /// <summary>The address of an instance; null in a network that is too small.</summary>
    public static string? Of(NetworkRow network, ClusterKey cluster, string instance) =>
        Names.IndexOf(cluster.Name, instance) is { } index and < Reserved && Subnet(network) is { } subnet
            ? Text(subnet.Last - 1 - (uint)index)
            : null;

    /// <summary>
    /// The hardware address (MAC) for an IP address. It has to stay the same as well: a kernel that has just sent packets to the previous
    /// pod of an address sends those for the next pod to the old hardware address, until its neighbour entry expires, which takes up to 45
    /// s (https://man7.org/linux/man-pages/man7/arp.7.html, base_reachable_time_ms). The first byte marks it as locally administered.
    /// </summary>
    public static string HardwareOf(string address)
    {
        var bytes = IPAddress.Parse(address).GetAddressBytes().Select(part => part.ToString("x2", CultureInfo.InvariantCulture));
        return $"02:ca:{string.Join(':', bytes)}";
    }

    /// <summary>
    /// By instance: the address in the label of its pod, or the address that the pod will get, where there is no pod. A pod of an earlier
    /// version has no label.
    /// </summary>
    public static Dictionary<string, string> All(NetworkRow network, ClusterKey cluster, IEnumerable<PodRow> pods)
    {
        var present = pods.ToDictionary(pod => pod.Name, pod => pod.Labels?.GetValueOrDefault(Labels.Address));
        return Names.Instances(cluster.Name, Reserved)
            .Select(name => (Name: name, Address: present.TryGetValue(name, out var has) ? has : Of(network, cluster, name)))
            .Where(entry => entry.Address is not null).ToDictionary(entry => entry.Name, entry => entry.Address!);
    }

    /// <summary>
    /// The same subnets, with the addresses of instances reserved: Podman gives them to no other container. Null where the network is too
    /// small.
    /// </summary>
    public static IReadOnlyList<Subnet>? Reserve(NetworkRow network) => Subnet(network) is not { } subnet ? null :
    [
        .. network.Subnets!.Select(found => found != subnet.Row
            ? found
            : found with { Leases = new LeaseRange(Text(subnet.First + 1), Text(subnet.Last - Reserved - 1)) }),
    ];

    private static (Subnet Row, uint First, uint Last)? Subnet(NetworkRow network)
    {
        foreach (var row in network.Subnets ?? [])
        {
            // Room for at least as many other containers.
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
