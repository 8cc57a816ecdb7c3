using System.Text;
using Cortex.Core.Naming;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The pod that a Podman gets, depending on what the service reports about itself.</summary>
public sealed class PodmanForwardingTests
{
    private static readonly V1Pod Pod = new()
    {
        Spec = new() { Hostname = "a-pr", Containers = [new() { Name = Names.PostgresContainer }, new() { Name = Names.HoldContainer }] },
    };

    [Theory]
    [InlineData("false", Names.PostgresContainer, Names.HoldContainer)]
    [InlineData("true", Names.PostgresContainer)]
    public async Task Only_a_rootless_pod_is_played_without_the_container_that_holds_its_network(
        string rootless, params string[] containers)
    {
        using var client = Answering(
            $$$"""{"host":{"security":{"rootless":{{{rootless}}}}},"store":{"graphDriverName":"overlay"},"version":{"Version":"4.3.1"}}""");

        var suited = await new PodmanForwarding(client).AdaptAsync(Pod, TestContext.Current.CancellationToken);

        Assert.Equal(containers, suited.Spec.Containers.Select(container => container.Name));
        Assert.Equal("a-pr", suited.Spec.Hostname);
        Assert.Equal(2, Pod.Spec.Containers.Count);
    }

    private static LibpodClient Answering(string body) => new("the test", _ => new ValueTask<Stream>(new Answer(
        Encoding.UTF8.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: "
                + $"close\r\n\r\n{body}"))));

    /// <summary>A connection with the same answer to every request.</summary>
    private sealed class Answer(byte[] text) : MemoryStream(text, writable: false)
    {
        public override bool CanWrite => true;

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
