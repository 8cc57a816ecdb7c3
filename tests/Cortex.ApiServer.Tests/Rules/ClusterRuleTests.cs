using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;
using k8s;
using k8s.Models;

namespace Cortex.ApiServer.Tests.Rules;

/// <summary>The definition of CortexCluster itself: what it can say of a resource, it says before that is stored.</summary>
public sealed class ClusterRuleTests(TestServer server) : IClassFixture<TestServer>, IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Clusters = "/apis/cortex.bicameral.dev/v1alpha1/namespaces/default/cortexclusters";

    public async ValueTask InitializeAsync()
    {
        var definition = await KubernetesYaml.LoadFromFileAsync<V1CustomResourceDefinition>(Path.Combine(AppContext.BaseDirectory, "cortexclusters.yaml"));
        var (code, body) = await server.PostAsync(Definitions, KubernetesJson.Serialize(definition));
        Assert.True(code is 201 or 409, body.ToJsonString());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("{\"instances\":1,\"replication\":{\"mode\":\"Synchronous\"}}", "spec.replication.mode: Invalid value: \"object\": Synchronous with durability Required needs a second instance: with one, no write would ever be acknowledged")]
    [InlineData("{\"replication\":{\"mode\":\"Synchronous\"},\"postgres\":{\"parameters\":{\"synchronous_commit\":\"off\"}}}", "spec.postgres.parameters: Invalid value: \"object\": synchronous_commit: in synchronous mode it is on or remote_apply, or commits would be acknowledged that no standby has on disk")]
    [InlineData("{\"postgres\":{\"parameters\":{\"a.b\":\"1\\n2\"}}}", "spec.postgres.parameters[a.b]: Invalid value: \"string\": a value must be one line")]
    [InlineData("{\"postgres\":{\"hba\":[\"#\",\"# a\\rlocal all all trust\"]}}", "spec.postgres.hba[1]: Invalid value: \"string\": it must be one line")]
    [InlineData("{\"tls\":{\"caLifetime\":\"59s\"}}", "spec.tls.caLifetime: Invalid value: \"string\": must be a duration of at least a minute, such as 2160h")]
    [InlineData("{\"tls\":{\"certificateLifetime\":\"0h\"}}", "spec.tls.certificateLifetime: Invalid value: \"string\": must be a duration of at least a minute, such as 2160h")]
    [InlineData("{\"tls\":{\"certificateLifetime\":\"99999999999h\"}}", "spec.tls.certificateLifetime: Invalid value: \"string\": type conversion error from 'string' to 'google.protobuf.Duration' evaluating rule: must be a duration of at least a minute, such as 2160h")]
    [InlineData("{\"tls\":{\"renewBefore\":\"1s\"}}", "spec.tls.renewBefore: Invalid value: \"string\": must be a duration of at least a minute, such as 2160h")]
    [InlineData("{\"database\":{\"name\":\"template1\"}}", "spec.database: Invalid value: \"object\": database.name: PostgreSQL's own database; take another name, such as app")]
    [InlineData("{\"database\":{\"owner\":\"pg_monitor\"}}", "spec.database: Invalid value: \"object\": database.owner: a word of SQL, or a role that is not the application's; take another name, such as app")]
    [InlineData("{\"database\":{\"owner\":\"cortex_operator\"}}", "spec.database: Invalid value: \"object\": database.owner: a word of SQL, or a role that is not the application's; take another name, such as app")]
    [InlineData("{\"podman\":{\"bindAddress\":\"localhost\"}}", "spec.podman.bindAddress: Invalid value: \"string\": must be an IP address")]
    [InlineData("{\"kubernetes\":{\"allowFrom\":[{}]}}", "spec.kubernetes.allowFrom[0]: Invalid value: \"object\": needs either cidr, or namespace or podLabels")]
    [InlineData("{\"kubernetes\":{\"allowFrom\":[{\"cidr\":\"10.0.0.0/8\",\"namespace\":\"a\"}]}}", "spec.kubernetes.allowFrom[0]: Invalid value: \"object\": needs either cidr, or namespace or podLabels")]
    [InlineData("{\"kubernetes\":{\"lostInstances\":[\"cortex-s0\"]}}", "spec.kubernetes.lostInstances[0]: Invalid value: \"string\": must be the name of an instance, such as NAME-pr or NAME-s1")]
    [InlineData("{\"resources\":{\"limits\":{\"disk\":\"1\"}}}", "spec.resources.limits: Invalid value: \"object\": takes cpu and memory only")]
    [InlineData("{\"resources\":{\"limits\":{\"memory\":\"4k\"}}}", "spec.resources.limits: Invalid value: \"object\": memory: must be at least 10Mi: no server starts with less")]
    [InlineData("{\"resources\":{\"requests\":{\"memory\":\"134217728m\"}}}", "spec.resources.requests: Invalid value: \"object\": memory: must be at least 10Mi: no server starts with less")]
    [InlineData("{\"resources\":{\"limits\":{\"cpu\":\"0.0000001\"}}}", "spec.resources.limits: Invalid value: \"object\": cpu: must be at least 10m: no server starts with less")]
    [InlineData("{\"resources\":{\"requests\":{\"cpu\":\"0\"}}}", "spec.resources.requests: Invalid value: \"object\": cpu: must be at least 1m: no server starts with less")]
    [InlineData("{\"storage\":{\"size\":\"0Gi\"}}", "spec.storage.size: Invalid value: \"string\": must be more than nothing, such as 10Gi")]
    [InlineData("{\"database\":{\"name\":\"app\\n\"}}", "spec.database.name: Invalid value: \"app\\n\": spec.database.name in body should match '^[a-z_][a-z0-9_]{0,62}$'")]
    public async Task What_the_definition_can_say_is_said_before_it_is_stored(string spec, string why)
    {
        var (code, status) = await server.PostAsync(Clusters, Cluster("cortex", spec));

        Assert.Equal((422, $"CortexCluster.cortex.bicameral.dev \"cortex\" is invalid: {why}"), (code, status.Text("message")));
        Assert.Equal(404, (await server.GetAsync($"{Clusters}/cortex")).Code);
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_refused() =>
        Assert.Equal(422, (await server.PostAsync(Clusters, Cluster(new('a', 41), "{}"))).Code);

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"instances\":1,\"replication\":{\"mode\":\"Synchronous\",\"durability\":\"Preferred\"}}")]
    [InlineData("{\"instances\":2,\"replication\":{\"mode\":\"Synchronous\"},\"postgres\":{\"parameters\":{\"synchronous_commit\":\"remote_apply\"},\"hba\":[\"hostssl all all ::1/128 cert\"]}}")]
    [InlineData("{\"kubernetes\":{\"allowFrom\":[{\"cidr\":\"::/0\"},{\"namespace\":\"a\"},{\"podLabels\":{\"a\":\"b\"}}],\"lostInstances\":[\"cortex-pr\",\"cortex-s12\"]}}")]
    [InlineData("{\"tls\":{\"caLifetime\":\"1m\",\"certificateLifetime\":\"1.5h\",\"renewBefore\":\"\"},\"podman\":{\"bindAddress\":\"fe80::1\"},\"resources\":{\"requests\":{\"cpu\":\"500m\"},\"limits\":{\"memory\":\"1Gi\",\"cpu\":\"1\"}}}")]
    [InlineData("{\"resources\":{\"requests\":{\"cpu\":\"1m\",\"memory\":\"10Mi\"},\"limits\":{\"memory\":\"10485760\",\"cpu\":\"0.01\"}},\"storage\":{\"size\":\"0.5Gi\"}}")]
    public async Task What_is_sound_is_stored(string spec)
    {
        var (code, body) = await server.PostAsync(Clusters, Cluster("sound", spec));
        Assert.True(code == 201, body.ToJsonString());
        // Every write of a status goes by the same rules.
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Patch, $"{Clusters}/sound/status", """{"status":{"phase":"Ready"}}""", "application/merge-patch+json")).Code);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Delete, $"{Clusters}/sound")).Code);
    }

    [Fact]
    public async Task The_scale_goes_by_the_same_rules()
    {
        await server.PostAsync(Clusters, Cluster("scaled", """{"replication":{"mode":"Synchronous"}}"""));
        var (code, status) = await server.SendAsync(HttpMethod.Patch, $"{Clusters}/scaled/scale", """{"spec":{"replicas":1}}""", "application/merge-patch+json");

        Assert.Equal(422, code);
        Assert.Contains("spec.replication.mode: Invalid value: \"object\": Synchronous with durability Required", status.Text("message"), StringComparison.Ordinal);
    }

    private static string Cluster(string name, string spec) => new JsonObject
    {
        ["apiVersion"] = "cortex.bicameral.dev/v1alpha1",
        ["kind"] = "CortexCluster",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = JsonNode.Parse(spec),
    }.ToJsonString();
}
