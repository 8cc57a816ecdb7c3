using System.Net;
using System.Net.Sockets;
using Cortex.Cli.LocalMachine;
using Cortex.Core.Api;
using Cortex.Engine.Targets.Podman;
using k8s.Models;

namespace Cortex.Cli.Tests.LocalMachine;

/// <summary>The checks of doctor and up, on the real Podman of this machine.</summary>
[Trait("Tier", "podman")]
public sealed class HostChecksTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_findings_name_Podmans_service_and_a_port_that_another_process_uses()
    {
        Assert.SkipUnless(HostFacts.Find("podman") is not null, "podman is not on PATH");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var cluster = new CortexCluster
        {
            Metadata = new V1ObjectMeta { Name = "ports" },
            Spec = new ClusterSpec { Instances = 1, Podman = new PodmanSpec { BasePort = port } },
        };

        var findings = await new HostChecks(PodmanOptions.FromEnvironment()).RunAsync([cluster], Ct);

        Assert.Contains(
            findings,
            finding => finding.What.StartsWith("Podman ", StringComparison.Ordinal)
                && finding.What.Contains(" answers at /", StringComparison.Ordinal));
        var error = Assert.Single(findings, finding => finding.Severity == Severity.Error);
        Assert.Equal($"port {port} on 127.0.0.1, which ports needs, is in use", error.What);
        Assert.Contains("spec.podman.basePort", error.Remedy, StringComparison.Ordinal);
    }
}
