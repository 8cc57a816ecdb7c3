using System.Net;
using Cortex.Operator.Health;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Operator.Tests.Health;

/// <summary>The answers to the kubelet, over real HTTP.</summary>
public sealed class HealthServerTests
{
    private string? stuck;
    private string? unready;

    private Task<HealthServer> StartAsync() => HealthServer.StartAsync(
        new HealthOptions(0)
        {
            Address = IPAddress.Loopback,
            Live = [new("control loop", () => stuck)],
            Ready = [new("informer", () => unready), new("webhook", () => null)],
        },
        NullLoggerFactory.Instance,
        TestContext.Current.CancellationToken);

    private static async Task<(HttpStatusCode Code, string Text)> AskAsync(HealthServer server, string path, HttpMethod? method = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(server.Address, path));
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Liveness_and_readiness_are_separate_and_name_the_reason()
    {
        await using var server = await StartAsync();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await AskAsync(server, "/healthz"));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await AskAsync(server, "/readyz"));

        unready = "the resources have not been listed yet";
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "informer: the resources have not been listed yet\n"), await AskAsync(server, "/readyz"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, "/healthz")).Code);

        (unready, stuck) = (null, "it has ended");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "control loop: it has ended\n"), await AskAsync(server, "/healthz"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, "/readyz")).Code);
    }

    [Fact]
    public async Task Other_requests_are_refused()
    {
        await using var server = await StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(server, "/")).Code);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await AskAsync(server, "/healthz", HttpMethod.Post)).Code);
        Assert.Equal((HttpStatusCode.OK, ""), await AskAsync(server, "/healthz", HttpMethod.Head));
    }

    [Fact]
    public async Task A_port_in_use_is_an_error_at_the_start()
    {
        await using var server = await StartAsync();

        var options = new HealthOptions(server.Address.Port) { Address = IPAddress.Loopback, Live = [], Ready = [] };
        await Assert.ThrowsAsync<IOException>(
            () => HealthServer.StartAsync(options, NullLoggerFactory.Instance, TestContext.Current.CancellationToken));
    }
}
