using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cortex.ApiServer.Tests.Fuzzing;
using Cortex.ApiServer.Tests.Rules;
using Cortex.ApiServer.Tests.Support;

namespace Cortex.ApiServer.Tests.Beside;

/// <summary>The embedded API refuses the same requests as the code of kube-apiserver, in the same words.</summary>
[Trait("Level", "deep")]
public sealed class BesideKubernetesTests(BothServers both) : IClassFixture<BothServers>
{
    private const string Json = "application/json";

    private static readonly string[] Commands =
    [
        "apply --dry-run=server -f DEFINITION",
        "apply --dry-run=server -f SAMPLES",
        "apply -f SAMPLES",
        "apply -f SAMPLES",
        "get cx",
        "get cx -o wide",
        "get cx cortex -o yaml",
        "get cx,wd,gauges",
        "get all",
        "get cx nowhere",
        "describe cx orders",
        "explain cx.spec.replication",
        "explain cx.spec --recursive",
        "explain cx.spec.tls --output plaintext-openapiv2",
        "api-resources --api-group cortex.bicameral.dev --no-headers",
        "patch cx cortex --type merge -p {\"spec\":{\"instances\":3}}",
        "patch cx cortex --type merge -p {\"spec\":{\"instances\":3}}",
        "patch cx cortex --type merge -p {\"spec\":{\"instances\":10}}",
        "patch cx cortex --type merge -p {\"spec\":{\"instances\":\"3\"}}",
        "patch cx cortex --type merge -p {\"spec\":{\"instnaces\":3}}",
        "patch cx cortex --type merge --dry-run=server -p {\"spec\":{\"instances\":4}} -o jsonpath={.spec.instances}",
        "patch cx cortex --type json -p [{\"op\":\"replace\",\"path\":\"/spec/database/name\",\"value\":\"postgres\"}]",
        "patch cx cortex --subresource status --type merge -p {\"status\":{\"phase\":\"Ready\",\"primary\":\"cortex-pr\","
            + "\"instancesCount\":3}}",
        "patch cx cortex --subresource status --type merge -p {\"spec\":{\"instances\":5}}",
        "get cx cortex --subresource status -o yaml",
        "get cx cortex --subresource scale -o yaml",
        "patch cx cortex --subresource scale --type merge -p {\"spec\":{\"replicas\":4}}",
        "scale cx cortex --replicas 2",
        "scale cx cortex --replicas 20",
        "scale cx cortex --replicas 0",
        "scale cx ledger --replicas 1",
        "scale cx cortex --current-replicas 7 --replicas 3",
        "scale cx nowhere --replicas 3",
        "label cx cortex a=b",
        "label cx cortex a=c",
        "label cx cortex a=?",
        "annotate cx cortex a=b c/d=e",
        "get cx -l a=b",
        "get cx --field-selector metadata.name=cortex",
        "get cx --field-selector spec.instances=2",
        "create -f SAMPLES",
        "replace -f SAMPLES",
        "get cx cortex -o yaml",
        "wait cx cortex --for=jsonpath={.spec.instances}=2 --timeout=1s",
        "delete cx cortex --dry-run=server",
        "delete cx cortex",
        "delete cx cortex",
        "delete cx --all",
    ];

    [Theory, MemberData(nameof(InvalidClusters.Refused), MemberType = typeof(InvalidClusters))]
    public async Task A_cluster_is_refused_in_the_same_words(string spec, string why)
    {
        var (embedded, real) = await both.SendAsync(Post(ClusterRuleTests.Clusters, ClusterRuleTests.Cluster("refused", spec)));
        Assert.Equal(real, embedded);
        Assert.Contains(JsonEncodedText.Encode(why, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value, real, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(ClusterRuleTests.Sound), MemberType = typeof(ClusterRuleTests))]
    public async Task A_valid_cluster_is_stored_as_the_same_object(string spec)
    {
        var (embedded, real) = await both.SendAsync(Post(ClusterRuleTests.Clusters, ClusterRuleTests.Cluster("sound", spec)));
        Assert.Equal(real, embedded);
        await both.SendAsync(new("DELETE", $"{ClusterRuleTests.Clusters}/sound", "", Json, Json, []));
    }

    /// <summary>Not the rules, but the schema, metadata, parameters, scale and status.</summary>
    [Theory]
    [InlineData(
        "POST",
        "",
        "",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":"""
            + """{"name":"A"},"spec":{"instances":0,"unknown":1,"podman":{"x":1}}}""")]
    [InlineData(
        "POST",
        "",
        "",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":{"name":"a"},"spec":{"instances":1.5}}""")]
    [InlineData(
        "POST",
        "",
        "",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":{"name":"a"},"spec":{"instances":"3"}}""")]
    [InlineData(
        "POST",
        "",
        "",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":"""
            + """{"name":"a"},"spec":{"podman":{"basePort":99999999999},"postgres":{"hba":["a\u0000b\n\u0661\u007f<&>"]}}}""")]
    [InlineData("POST", "", "", """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":{},"spec":{}}""")]
    [InlineData(
        "POST",
        "",
        "fieldValidation=Strict",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":"""
            + """{"name":"a"},"spec":{"unknown":1,"podman":{"x":1}}}""")]
    [InlineData(
        "POST",
        "",
        "dryRun=Some",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":{"name":"a"},"spec":{}}""")]
    [InlineData(
        "POST",
        "",
        "fieldValidation=Some",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":{"name":"a"},"spec":{}}""")]
    [InlineData(
        "PUT",
        "/there",
        "",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":{"name":"there"},"spec":{}}""")]
    [InlineData(
        "PUT",
        "/there",
        "",
        """{"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster","metadata":{"name":"other"},"spec":{}}""")]
    [InlineData("PATCH", "/there", "", """{"spec":{"instances":10}}""")]
    [InlineData("PATCH", "/there", "", """{"spec":{"instances":3,"nowhere":1}}""")]
    [InlineData("PATCH", "/there", "", """{"metadata":{"resourceVersion":"1"}}""")]
    [InlineData("PATCH", "/nowhere", "", """{"spec":{"instances":3}}""")]
    [InlineData(
        "PATCH", "/there/status", "", """{"status":{"phase":"Ready","instancesCount":2,"selector":"a=b"},"spec":{"instances":9}}""")]
    [InlineData("PATCH", "/there/scale", "", """{"spec":{"replicas":4}}""")]
    [InlineData("PATCH", "/there/scale", "", """{"spec":{"replicas":40}}""")]
    [InlineData("PATCH", "/there/scale", "", """{"spec":{"replicas":-1}}""")]
    [InlineData("DELETE", "/there", "", """{"preconditions":{"uid":"other"}}""")]
    [InlineData("DELETE", "/there", "", """{"propagationPolicy":"Never"}""")]
    [InlineData("DELETE", "/there", "", "")]
    [InlineData("DELETE", "/nowhere", "", "")]
    [InlineData("GET", "/there", "", "")]
    [InlineData("GET", "/there/scale", "", "")]
    public async Task Both_servers_give_the_same_answer(string method, string path, string query, string body)
    {
        ApiRequest[] before =
        [
            new("DELETE", $"{ClusterRuleTests.Clusters}/there", "", Json, Json, []),
            Post(ClusterRuleTests.Clusters, ClusterRuleTests.Cluster("there", "{}")),
        ];
        foreach (var request in before)
        {
            await both.SendAsync(request);
        }

        var (embedded, real) = await both.SendAsync(
            new(
                method,
                ClusterRuleTests.Clusters + path,
                query,
                method == "PATCH" ? "application/merge-patch+json" : Json,
                Json,
                Encoding.UTF8.GetBytes(body)));

        Assert.Equal(real, embedded);
    }

    [Fact]
    public async Task Kubectl_prints_the_same_for_both_servers()
    {
        var newest = Kubectls.All.Single(kubectl => kubectl.Origin == "newest").ToString();
        var (embedded, real) = (both.Embedded.Kubectl(newest), both.Real.Kubectl(newest));
        var samples = Path.Combine(AppContext.BaseDirectory, "samples");
        var definition = Path.Combine(AppContext.BaseDirectory, "cortexclusters.yaml");
        var differences = new List<string>();
        foreach (var template in Commands)
        {
            var command = template.Replace("SAMPLES", samples, StringComparison.Ordinal).Replace(
                "DEFINITION", definition, StringComparison.Ordinal);
            var (ours, theirs) = (Plain(await embedded.LineAsync(command)), Plain(await real.LineAsync(command)));
            if (ours != theirs)
            {
                differences.Add($"kubectl {command}\n--- kube-apiserver\n{theirs}\n--- embedded\n{ours}");
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    private static string Plain(ToolResult result) =>
        Regex.Replace(
            Regex.Replace(BothServers.Plain(result.Output), "(?<=resource ?version: +\"?)[0-9]+", "VERSION", RegexOptions.IgnoreCase),
            @"\b[0-9]+s\b",
            "AGE") + result.Errors + result.ExitCode;

    private static ApiRequest Post(string path, string body) => new("POST", path, "", Json, Json, Encoding.UTF8.GetBytes(body));
}
