using System.Net;
using System.Net.Sockets;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

public sealed class PodmanPortsTests
{
    /// <summary>An address for documentation, which no machine has.</summary>
    private const string Elsewhere = "192.0.2.99";

    [Fact]
    public void An_address_that_the_machine_does_not_have_is_refused_with_field_and_value()
    {
        const string Expected =
            "spec.podman.bindAddress: 192.0.2.99 is not an address of this machine; name one that it has, such as 127.0.0.1";

        Assert.Equal(Expected, Assert.Throws<TargetException>(() => PodmanPorts.DemandFree(Pod(Elsewhere, 6150))).Message);
        Assert.Equal(Expected, Assert.Throws<TargetException>(() => PodmanPorts.DemandAddresses(Pod(Elsewhere, 6150))).Message);
    }

    /// <summary>The pod that is to be replaced may use the port.</summary>
    [Fact]
    public void A_port_in_use_is_refused_only_where_it_must_be_free()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        var pod = Pod("127.0.0.1", ((IPEndPoint)squatter.LocalEndpoint).Port);

        Assert.Contains(
            "spec.podman.basePort", Assert.Throws<TargetException>(() => PodmanPorts.DemandFree(pod)).Message, StringComparison.Ordinal);
        Assert.Null(Record.Exception(() => PodmanPorts.DemandAddresses(pod)));
    }

    private static V1Pod Pod(string address, int port) => new()
    {
        Metadata = new() { Name = "cortex-s1" },
        Spec = new()
        {
            Containers =
            [
                new()
                {
                    Name = "cortex-s1-postgres",
                    Ports = [new V1ContainerPort { ContainerPort = 5432, HostPort = port, HostIP = address }],
                },
            ],
        },
    };
}
