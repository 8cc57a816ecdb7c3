using System.Net;
using System.Net.Sockets;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

public sealed class PodmanPortsTests
{
    /// <summary>Of the block for documentation: no machine has it.</summary>
    private const string Elsewhere = "192.0.2.99";

    [Fact]
    public void An_address_that_the_machine_does_not_have_is_refused_by_field_and_value_whether_it_is_asked_for_the_port_or_not()
    {
        const string Said = "spec.podman.bindAddress: 192.0.2.99 is not an address of this machine; name one that it has, such as 127.0.0.1";

        Assert.Equal(Said, Assert.Throws<TargetException>(() => PodmanPorts.DemandFree(Pod(Elsewhere, 6150))).Message);
        Assert.Equal(Said, Assert.Throws<TargetException>(() => PodmanPorts.DemandAddresses(Pod(Elsewhere, 6150))).Message);
    }

    /// <summary>It may be the port of the very pod that is to be replaced.</summary>
    [Fact]
    public void A_port_in_use_is_refused_where_it_is_to_be_free_and_not_where_the_address_alone_is_asked_for()
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
