using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Storage;
using Cortex.ApiServer.Tests.Support;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.ApiServer.Tests;

public sealed class AccessTests(TestServer server) : IClassFixture<TestServer>
{
    [Theory, InlineData(null), InlineData("wrong"), InlineData("")]
    public async Task Without_the_token_only_health_is_served(string? token)
    {
        using var stranger = server.Client(token is "" ? null : token);
        var ct = TestContext.Current.CancellationToken;
        foreach (var path in (string[])["/api", "/version", "/openapi/v2", TestServer.Widgets])
        {
            using var response = await stranger.GetAsync(new Uri(path, UriKind.Relative), ct);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Unauthorized", JsonNode.Parse(await response.Content.ReadAsStringAsync(ct))!["reason"]!.ToString());
        }

        Assert.Equal("ok", await stranger.GetStringAsync(new Uri("/readyz", UriKind.Relative), ct));
    }

    [Fact]
    public void The_server_listens_on_loopback_only()
    {
        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(e => e.Port == server.Api.Address.Port);
        Assert.All(listeners, e => Assert.Equal(IPAddress.Loopback, e.Address));
        Assert.Equal("127.0.0.1", server.Api.Address.Host);
    }

    [Fact]
    public void Everything_in_the_state_directory_is_private()
    {
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Private | UnixFileMode.UserExecute, File.GetUnixFileMode(server.Directory));
        Assert.All(Directory.GetFiles(server.Directory), file => Assert.Equal(Private, File.GetUnixFileMode(file)));
        Assert.Contains(server.Api.KubeconfigPath, Directory.GetFiles(server.Directory));
    }

    [Fact]
    public async Task A_kubeconfig_stays_valid_over_a_restart()
    {
        using var directory = new TemporaryDirectory();
        var options = new ApiServerOptions { StateDirectory = directory.Path, Definitions = [Widgets.Definition()] };
        var ct = TestContext.Current.CancellationToken;
        string before;
        await using (var first = await ApiServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, ct))
        {
            before = await File.ReadAllTextAsync(first.KubeconfigPath, ct);
        }

        await using var second = await ApiServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, ct);
        Assert.Equal(before, await File.ReadAllTextAsync(second.KubeconfigPath, ct));
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(second.KubeconfigPath));
        Assert.Contains((await client.ListNamespaceAsync(cancellationToken: ct)).Items, ns => ns.Metadata.Name == "default");
    }

    [Fact]
    public async Task A_state_directory_in_use_is_refused()
    {
        var options = new ApiServerOptions { StateDirectory = server.Directory, Definitions = [] };
        var refused = await Assert.ThrowsAsync<StoreException>(() =>
            ApiServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Contains("is used by another API server", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_near_its_end_is_replaced()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "serving.pem");
        var now = DateTimeOffset.UtcNow;
        using var first = Access.ServingCertificate.LoadOrCreate(file, now);
        using var kept = Access.ServingCertificate.LoadOrCreate(file, now.AddDays(300));
        using var renewed = Access.ServingCertificate.LoadOrCreate(file, now.AddDays(340));
        Assert.Equal(first.Thumbprint, kept.Thumbprint);
        Assert.NotEqual(first.Thumbprint, renewed.Thumbprint);
        Assert.True(renewed.HasPrivateKey);
    }
}
