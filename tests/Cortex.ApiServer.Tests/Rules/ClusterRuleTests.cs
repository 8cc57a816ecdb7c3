using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cortex.ApiServer.Tests.Support;
using k8s;
using k8s.Models;

namespace Cortex.ApiServer.Tests.Rules;

/// <summary>The rules in the definition of CortexCluster, which refuse an invalid cluster before it is stored.</summary>
public sealed class ClusterRuleTests(TestServer server) : IClassFixture<TestServer>, IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    internal const string Clusters = "/apis/cortex.bicameral.dev/v1alpha1/namespaces/default/cortexclusters";

    public static TheoryData<string> Sound =>
    [
        "{}",
        "{\"instances\":1,\"replication\":{\"mode\":\"Synchronous\",\"durability\":\"Preferred\"}}",
        "{\"instances\":2,\"replication\":{\"mode\":\"Synchronous\"},"
            + "\"postgres\":{\"parameters\":{\"synchronous_commit\":\"remote_apply\"},\"hba\":[\"hostssl all all ::1/128 cert\"]}}",
        "{\"kubernetes\":{\"allowFrom\":[{\"cidr\":\"::/0\"},{\"namespace\":\"a\"},{\"podLabels\":{\"a\":\"b\"}}],"
            + "\"lostInstances\":[\"cortex-pr\",\"cortex-s12\"]}}",
        "{\"tls\":{\"caLifetime\":\"1m\",\"certificateLifetime\":\"1.5h\",\"renewBefore\":\"\"},\"podman\":{\"bindAddress\":\"192.0.2.7\"},"
            + "\"resources\":{\"requests\":{\"cpu\":\"500m\"},\"limits\":{\"memory\":\"1Gi\",\"cpu\":\"1\"}}}",
        "{\"backup\":{\"repository\":{\"directory\":{\"volume\":\"v\"}},"
            + "\"schedule\":{\"full\":\"0 2 * * SUN\",\"differential\":\"@Monthly\",\"incremental\":\"*/30 8-18 ? jan-nov/2 1,3-5\"},"
            + "\"encryption\":{\"passphraseSecret\":\"p\"},\"verify\":{\"schedule\":\"0 4 * * *\",\"timeZone\":\"Europe/Berlin\"}}}",
        "{\"bootstrap\":{\"fromBackup\":{\"cluster\":\"a\",\"target\":{\"time\":\"2026-01-31T12:00:00.5+01:00\",\"exclusive\":true}}}}",
        "{\"bootstrap\":{\"fromBackup\":{\"repository\":{\"directory\":{\"volume\":\"v\"}},\"folder\":\"/var/lib/cortex-backup/a/b/c\"}}}",
        "{\"resources\":{\"requests\":{\"cpu\":\"1m\",\"memory\":\"10Mi\"},\"limits\":{\"memory\":\"10485760\",\"cpu\":\"0.01\"}},"
            + "\"storage\":{\"size\":\"0.5Gi\"}}",
    ];

    public async ValueTask InitializeAsync()
    {
        var definition = await KubernetesYaml.LoadFromFileAsync<V1CustomResourceDefinition>(
            Path.Combine(AppContext.BaseDirectory, "cortexclusters.yaml"));
        var (code, body) = await server.PostAsync(Definitions, KubernetesJson.Serialize(definition));
        Assert.True(code is 201 or 409, body.ToJsonString());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory, MemberData(nameof(InvalidClusters.Refused), MemberType = typeof(InvalidClusters))]
    public async Task The_definition_refuses_an_invalid_cluster_before_it_is_stored(string spec, string why)
    {
        var (code, status) = await server.PostAsync(Clusters, Cluster("cortex", spec));

        Assert.Equal((422, $"CortexCluster.cortex.bicameral.dev \"cortex\" is invalid: {why}"), (code, status.Text("message")));
        Assert.Equal(404, (await server.GetAsync($"{Clusters}/cortex")).Code);
    }

    /// <summary>Each error is also compared with the code of kube-apiserver: <see cref="Beside.BesideKubernetesTests"/>.</summary>
    [Fact]
    public void Every_rule_of_the_definition_is_tried()
    {
        var definition = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "cortexclusters.yaml"));
        // Of an update: see below.
        var messages = Regex.Matches(definition, @"^ +- rule: (?!.*oldSelf).*\n +message: ""?(.*?)""?$", RegexOptions.Multiline)
            .Select(rule => rule.Groups[1].Value)
            .Distinct()
            .ToList();
        Assert.True(messages.Count > 10, $"{messages.Count} rules were read");
        Assert.All(
            messages,
            message => Assert.Contains(InvalidClusters.Refused, row => row.Data.Item2.EndsWith(message, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_refused() =>
        Assert.Equal(422, (await server.PostAsync(Clusters, Cluster(new('a', 41), "{}"))).Code);

    [Theory, MemberData(nameof(Sound))]
    public async Task A_valid_cluster_is_stored(string spec)
    {
        var (code, body) = await server.PostAsync(Clusters, Cluster("sound", spec));
        Assert.True(code == 201, body.ToJsonString());
        // The same rules apply to every write of a status.
        Assert.Equal(
            200,
            (await server.SendAsync(
                HttpMethod.Patch, $"{Clusters}/sound/status", """{"status":{"phase":"Ready"}}""", "application/merge-patch+json")).Code);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Delete, $"{Clusters}/sound")).Code);
    }

    [Fact]
    public async Task What_a_cluster_was_made_from_can_be_corrected_until_it_has_data_and_not_after_that()
    {
        const string merge = "application/merge-patch+json";
        const string other = """{"spec":{"bootstrap":{"fromBackup":{"cluster":"b"}}}}""";
        var restored = $"{Clusters}/restored";
        await server.PostAsync(Clusters, Cluster("restored", """{"bootstrap":{"fromBackup":{"cluster":"a"}}}"""));
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Patch, restored, other, merge)).Code);
        await server.SendAsync(HttpMethod.Patch, $"{restored}/status", """{"status":{"systemIdentifier":"1"}}""", merge);

        foreach (var edit in new[] { """{"spec":{"bootstrap":{"fromBackup":{"cluster":"c"}}}}""", """{"spec":{"bootstrap":null}}""" })
        {
            var (code, status) = await server.SendAsync(HttpMethod.Patch, restored, edit, merge);
            Assert.Equal(422, code);
            const string words = "spec.bootstrap: Invalid value: what a cluster was made from cannot be changed";
            Assert.Contains(words, status.Text("message"), StringComparison.Ordinal);
        }

        Assert.Equal(200, (await server.SendAsync(HttpMethod.Patch, restored, """{"spec":{"instances":3}}""", merge)).Code);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Delete, restored)).Code);
    }

    [Fact]
    public async Task The_scale_subresource_has_the_same_rules()
    {
        await server.PostAsync(Clusters, Cluster("scaled", """{"replication":{"mode":"Synchronous"}}"""));
        var (code, status) = await server.SendAsync(
            HttpMethod.Patch, $"{Clusters}/scaled/scale", """{"spec":{"replicas":1}}""", "application/merge-patch+json");

        Assert.Equal(422, code);
        Assert.Contains(
            "spec.replication.mode: Invalid value: Synchronous with durability Required", status.Text("message"), StringComparison.Ordinal);
    }

    internal static string Cluster(string name, string spec) => new JsonObject
    {
        ["apiVersion"] = "cortex.bicameral.dev/v1alpha1",
        ["kind"] = "CortexCluster",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = JsonNode.Parse(spec),
    }.ToJsonString();
}
