using System.Text.Json.Nodes;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>A running server with the widgets, and three ways to speak to it: HTTP, KubernetesClient, kubectl.</summary>
public sealed class TestServer : IAsyncLifetime
{
    public const string Widgets = "/apis/example.dev/v1/namespaces/default/widgets";
    private readonly TemporaryDirectory directory = new();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public int ChangesKept { get; init; } = 5000;

    public ApiServer Api { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public string Directory => directory.Path;

    public string Certificate => Path.Combine(Directory, "serving.pem");

    public async ValueTask InitializeAsync()
    {
        var options = new ApiServerOptions
        {
            StateDirectory = Directory,
            Definitions = [Support.Widgets.Definition()],
            ChangesKept = ChangesKept,
        };
        Api = await ApiServer.StartAsync(options, NullLoggerFactory.Instance, Clock, CancellationToken.None);
        Http = Client(Token);
    }

    public string Token => File.ReadAllText(Path.Combine(Directory, "token")).Trim();

    public static async Task<TestServer> StartAsync(int changesKept = 5000, TimeProvider? clock = null)
    {
        var server = new TestServer { ChangesKept = changesKept, Clock = clock ?? TimeProvider.System };
        await server.InitializeAsync();
        return server;
    }

    public HttpClient Client(string? token) => TestClient.Http(Certificate, Api.Address, token);

    public Kubernetes Kubernetes() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(Api.KubeconfigPath));

    /// <summary>The kubectl of that name; skips the test where it is missing.</summary>
    public Kubectl Kubectl(string program) => new(Api.KubeconfigPath, Path.Combine(Directory, "home"), Kubectls.Get(program));

    public Task<(int Code, JsonObject Body)> SendAsync(
        HttpMethod method, string path, string? body = null, string type = "application/json") =>
        TestClient.SendAsync(Http, method, path, body, type);

    public Task<(int Code, JsonObject Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<(int Code, JsonObject Body)> PostAsync(string path, string body) => SendAsync(HttpMethod.Post, path, body);

    public async Task<JsonObject> CreateWidgetAsync(string name, int size = 3, string more = "")
    {
        var (code, body) = await PostAsync(Widgets, Support.Widgets.Yaml(name, size, more));
        Assert.True(code == 201, body.ToJsonString());
        return body;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Api.DisposeAsync();
        directory.Dispose();
    }
}
