using System.Net;
using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets.Kubernetes;
using Cortex.Runtime;
using k8s;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What the operator knows of the Secrets that users made, without their content.</summary>
public sealed class UserSecretsTests : IDisposable
{
    private static readonly ClusterKey Cluster = new("shop", "cortex");

    private readonly Api api = new();
    private readonly ObservedTime time = new();
    private readonly Kubernetes client;
    private readonly UserSecrets secrets;

    public UserSecretsTests()
    {
        client = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, api);
        secrets = new UserSecrets(new KubernetesObjects(new ApiConnection(client, time)), time, new ClusterMemory());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        client.Dispose();
        api.Dispose();
    }

    [Fact]
    public async Task Only_metadata_are_asked_for_and_another_version_of_the_object_is_another_version()
    {
        api.Version = "1";
        var first = await VersionsAsync();
        api.Version = "2";

        Assert.Equal([("mine", "u/1"), ("mine", "u/2")], first.Concat(await VersionsAsync()).Select(pair => (pair.Key, pair.Value)));
        Assert.All(api.Accepted, accept => Assert.Contains("as=PartialObjectMetadata", accept, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_of_a_cluster_is_no_secret_of_a_user_and_neither_is_a_missing_one()
    {
        (api.Version, api.Labels) = ("1", Labels.Of(Cluster));
        Assert.Empty(await VersionsAsync());
        api.Version = null;
        Assert.Empty(await VersionsAsync());
    }

    [Fact]
    public async Task A_pod_waits_until_the_watch_of_its_node_has_reported_a_new_version_and_for_no_known_one()
    {
        api.Version = "1";
        await VersionsAsync();
        Assert.True(AwaitAsync().IsCompleted);

        api.Version = "2";
        await VersionsAsync();
        var waiting = AwaitAsync();
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(1));
        await waiting;
        await VersionsAsync();
        Assert.True(AwaitAsync().IsCompleted);
    }

    private Task AwaitAsync() => secrets.AwaitDistributionAsync(Cluster, ["mine", "never seen"], Ct);

    private Task<IReadOnlyDictionary<string, string>> VersionsAsync() => secrets.VersionsAsync(Cluster, ["mine"], Ct);

    /// <summary>An API server with one Secret, or none.</summary>
    private sealed class Api : DelegatingHandler
    {
        public string? Version { get; set; }

        public IReadOnlyDictionary<string, string>? Labels { get; set; }

        public List<string> Accepted { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            Accepted.Add(request.Headers.Accept.ToString());
            var labels = KubernetesJson.Serialize(Labels ?? new Dictionary<string, string>());
            var (code, body) = Version is null
                ? (HttpStatusCode.NotFound, """{"kind":"Status","code":404}""")
                : (HttpStatusCode.OK,
                    $$"""{"metadata":{"name":"mine","uid":"u","resourceVersion":"{{Version}}","labels":{{labels}} } }""");
            return Task.FromResult(
                new HttpResponseMessage(code) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        }
    }
}
