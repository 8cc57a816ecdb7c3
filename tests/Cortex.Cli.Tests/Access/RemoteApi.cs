using System.Net;
using System.Text.Json.Nodes;
using Cortex.ApiServer;
using Cortex.Core.Api;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Cli.Tests.Access;

/// <summary>A Kubernetes API with one cluster, and with the objects that the operator creates for the clients of that cluster.</summary>
internal sealed class RemoteApi : IAsyncDisposable
{
    private const string Clusters = "/apis/cortex.bicameral.dev/v1alpha1/namespaces/default/cortexclusters";

    private readonly Dictionary<string, JsonNode> objects = [];
    private readonly WebApplication app;

    private RemoteApi(CortexCluster cluster)
    {
        var item = JsonNode.Parse(KubernetesJson.Serialize(cluster))!;
        (item["apiVersion"], item["kind"]) = ("cortex.bicameral.dev/v1alpha1", "CortexCluster");
        objects[$"{Clusters}/cortex"] = item;
        objects[Clusters] = new JsonObject { ["metadata"] = new JsonObject(), ["items"] = new JsonArray(item.DeepClone()) };
        Password("secret of version 1", "1");
        objects["/api/v1/namespaces/default/configmaps/cortex-connection"] = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "cortex-connection", ["uid"] = "m", ["resourceVersion"] = "1" },
            ["data"] = new JsonObject { ["ca.crt"] = "-----BEGIN CERTIFICATE-----\n" },
        };
        app = EmbeddedHost.Create(
            NullLoggerFactory.Instance,
            kestrel => EmbeddedHost.Listen(kestrel, IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        app.Run(AnswerAsync);
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>For <c>--kubeconfig</c>.</summary>
    public string Kubeconfig => $$"""
        apiVersion: v1
        kind: Config
        current-context: remote
        contexts: [{name: remote, context: {cluster: remote, user: me} }]
        clusters: [{name: remote, cluster: {server: "{{Address.ToString().TrimEnd('/')}}" } }]
        users: [{name: me, user: {token: t} }]
        """;

    public static async Task<RemoteApi> StartAsync(CortexCluster cluster)
    {
        var api = new RemoteApi(cluster);
        await api.app.StartAsync(TestContext.Current.CancellationToken);
        api.Address = EmbeddedHost.AddressOf(api.app);
        return api;
    }

    public void Password(string password, string version) => objects["/api/v1/namespaces/default/secrets/cortex-app"] = new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = "cortex-app", ["uid"] = "s", ["resourceVersion"] = version },
        ["data"] = new JsonObject { ["password"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(password)) },
    };

    public void Remove(string path) => objects.Remove(path);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>A write is answered with the object as it was before.</summary>
    private Task AnswerAsync(HttpContext http)
    {
        var found = objects.TryGetValue(http.Request.Path.Value!, out var item);
        http.Response.StatusCode = found ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
        http.Response.ContentType = "application/json";
        var missing = new JsonObject { ["kind"] = "Status", ["status"] = "Failure", ["code"] = 404, ["reason"] = "NotFound" };
        return http.Response.WriteAsync((item ?? missing).ToJsonString(), http.RequestAborted);
    }
}
