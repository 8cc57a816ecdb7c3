using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

public sealed class PodmanAddressesTests
{
    private static readonly ClusterKey Key = new("default", "cortex");

    [Theory]
    [InlineData("10.89.0.0/24", "cortex-pr", "10.89.0.254")]
    [InlineData("10.89.0.0/24", "cortex-s8", "10.89.0.246")]
    [InlineData("10.88.0.0/16", "cortex-s1", "10.88.255.253")]
    [InlineData("192.168.7.32/27", "cortex-s1", "192.168.7.61")]
    [InlineData("10.89.0.0/28", "cortex-pr", null)]
    [InlineData("fd00::/64", "cortex-pr", null)]
    [InlineData("nonsense", "cortex-pr", null)]
    [InlineData("10.89.0.0/24", "other-pr", null)]
    public void Each_instance_has_one_of_the_last_addresses_of_the_network(string range, string instance, string? address) =>
        Assert.Equal(address, PodmanAddresses.Of(Network(range), Key, instance));

    [Fact]
    public void Other_containers_get_none_of_the_addresses_of_instances() =>
        Assert.Equal(
            [new Subnet("fd00::/64"), new Subnet("10.89.0.0/24", new LeaseRange("10.89.0.1", "10.89.0.238"))],
            PodmanAddresses.Reserve(Network("fd00::/64", "10.89.0.0/24")));

    [Fact]
    public void A_network_without_room_is_left_as_it_is() => Assert.Null(PodmanAddresses.Reserve(Network("10.89.0.0/28")));

    [Fact]
    public void A_pod_has_the_address_in_its_label_and_a_missing_pod_the_one_that_it_will_get()
    {
        PodRow Pod(string name, string? address) =>
            new()
            {
                Id = name,
                Name = name,
                Labels = address is null ? null : new Dictionary<string,
                string> { [Labels.Address] = address },
            };

        var addresses = PodmanAddresses.All(Network("10.89.0.0/24"), Key, [Pod("cortex-pr", "10.89.0.7"), Pod("cortex-s1", null)]);

        Assert.Equal("10.89.0.7", addresses["cortex-pr"]);
        Assert.DoesNotContain("cortex-s1", addresses);
        Assert.Equal("10.89.0.252", addresses["cortex-s2"]);
    }

    [Fact]
    public void Each_address_has_its_own_constant_hardware_address()
    {
        Assert.Equal("02:ca:0a:59:01:fe", PodmanAddresses.HardwareOf("10.89.1.254"));
        Assert.NotEqual(PodmanAddresses.HardwareOf("10.89.1.254"), PodmanAddresses.HardwareOf("10.89.2.254"));
    }

    private static NetworkRow Network(params string[] ranges) => new("cortex-net", null, [.. ranges.Select(range => new Subnet(range))]);
}
