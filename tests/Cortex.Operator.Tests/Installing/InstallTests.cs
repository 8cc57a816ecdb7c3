using System.Text.Json.Nodes;
using Cortex.Cli.Commands;
using static Cortex.Operator.Tests.Installing.Rendered;

namespace Cortex.Operator.Tests.Installing;

/// <summary>What <c>kubectl apply -k</c> and the chart bring into a cluster.</summary>
public sealed class InstallTests
{
    private const string Everywhere = "manifests";
    private const string OneNamespace = "manifests/namespaced";
    private const string System = "cortex-system";
    private const string Team = "team-a";

    private static readonly string[] BeyondAnOperator = ["rbac.authorization.k8s.io", "pods/exec", "impersonate", "escalate", "bind", "deletecollection"];
    private static readonly string[] OfTheMachine = ["hostNetwork", "hostPID", "hostIPC", "volumes", "initContainers"];
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    [Fact]
    public async Task The_chart_is_the_same_install_for_every_namespace()
    {
        var kustomized = await KustomizationAsync(Everywhere);
        var chart = await ChartAsync(System, "{}", "policy/v1");

        // Helm makes the namespace itself when told to, and installs the definitions of crds/ without rendering them.
        AssertSame(kustomized.Where(one => !one.Key.StartsWith("Namespace ", StringComparison.Ordinal) && !IsDefinition(one.Key)), chart);
        Assert.Equal(Read("crds/cortexclusters.yaml"), Read("charts/cortex-operator/crds/cortexclusters.yaml"));
    }

    [Fact]
    public async Task The_chart_is_the_same_install_for_one_namespace() =>
        AssertSame(await KustomizationAsync(OneNamespace, Team), await ChartAsync(Team, "scope: namespace", "policy/v1"));

    [Fact]
    public async Task Values_reach_the_objects_that_they_name()
    {
        const string Values = """
            image: {repository: registry.example/cortex, tag: "1.2"}
            imagePullSecrets: [{name: pull}]
            replicas: 3
            webhook: {enabled: false, allowFrom: [{ipBlock: {cidr: 10.0.0.10/32}}]}
            resources: {limits: {memory: 1Gi}}
            nodeSelector: {disk: fast}
            tolerations: [{key: database, operator: Exists}]
            """;
        var chart = await ChartAsync(System, Values);

        Assert.DoesNotContain(chart.Keys, key => key.Contains("ebhook", StringComparison.Ordinal));
        Assert.DoesNotContain("admissionregistration", chart["ClusterRole cortex-operator"].ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("policy/v1beta1", (string?)chart["PodDisruptionBudget cortex-operator"]["apiVersion"]);
        var deployment = chart["Deployment cortex-operator"];
        var (pod, container) = (PodOf(deployment), ContainerOf(deployment));
        Assert.Equal(3, (long)deployment["spec"]!["replicas"]!);
        Assert.Equal("registry.example/cortex:1.2", (string?)container["image"]);
        Assert.Contains("--webhook-port=0", Arguments(deployment));
        Assert.Equal("""{"limits":{"memory":"1Gi"},"requests":{"cpu":"50m","memory":"128Mi"}}""", Canonical(container["resources"]!));
        Assert.Equal("""[{"name":"pull"}]""", pod["imagePullSecrets"]!.ToJsonString());
        Assert.Equal("""{"disk":"fast"}""", pod["nodeSelector"]!.ToJsonString());
        Assert.Equal("""[{"key":"database","operator":"Exists"}]""", pod["tolerations"]!.ToJsonString());
        Assert.Equal("""[{"ipBlock":{"cidr":"10.0.0.10/32"}}]""", chart["NetworkPolicy cortex-operator"]["spec"]!["ingress"]![1]!["from"]!.ToJsonString());
    }

    [Theory]
    [InlineData(Everywhere)]
    [InlineData(OneNamespace)]
    public async Task Only_the_ports_that_the_operator_serves_can_be_reached(string folder)
    {
        var objects = await KustomizationAsync(folder);
        var (policy, deployment) = (objects["NetworkPolicy cortex-operator"]["spec"]!, objects["Deployment cortex-operator"]);

        Assert.Equal(Canonical(deployment["spec"]!["selector"]!), Canonical(policy["podSelector"]!));
        Assert.Equal("""["Ingress"]""", policy["policyTypes"]!.ToJsonString());
        var open = policy["ingress"]!.AsArray().SelectMany(rule => rule!["ports"]!.AsArray()).Select(port => (long)port!["port"]!).ToList();
        Assert.All(ContainerOf(deployment)["ports"]!.AsArray(), port => Assert.Contains((long)port!["containerPort"]!, open));
        Assert.Equal([8081, 9443], open);
    }

    [Fact]
    public async Task The_test_clusters_install_differs_in_one_version_and_nothing_else()
    {
        var wanted = (await KustomizationAsync(Everywhere)).ToDictionary();
        wanted["PodDisruptionBudget cortex-operator"]["apiVersion"] = "policy/v1beta1";

        AssertSame(wanted, await KustomizationAsync("tests/kubernetes/install"));
    }

    [Fact]
    public void Every_value_has_its_place_in_the_schema()
    {
        var schema = ValuesSchema()["properties"]!.AsObject();
        Assert.Equal(Values().Select(one => one.Key).Append("global").Order(StringComparer.Ordinal), schema.Select(one => one.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_namespace_is_granted_what_every_namespace_is_but_for_what_belongs_to_the_cluster()
    {
        var everywhere = Rules((await KustomizationAsync(Everywhere))["ClusterRole cortex-operator"]);
        var here = Rules((await KustomizationAsync(OneNamespace))["Role cortex-operator"]);

        Assert.Equal(here, everywhere.Take(here.Count));
        Assert.Equal(
            [
                """{"apiGroups":[""],"resources":["nodes"],"verbs":["get"]}""",
                """{"apiGroups":["admissionregistration.k8s.io"],"resourceNames":["cortex-operator"],"resources":["validatingwebhookconfigurations"],"verbs":["get","patch"]}""",
            ],
            everywhere.Skip(here.Count));
    }

    [Fact]
    public async Task An_install_for_one_namespace_touches_nothing_of_the_cluster()
    {
        var objects = await KustomizationAsync(OneNamespace, Team);
        Assert.All(objects.Values, one => Assert.Equal(Team, (string?)one["metadata"]!["namespace"]));
        Assert.Contains("--namespace=$(POD_NAMESPACE)", Arguments(objects["Deployment cortex-operator"]));
    }

    [Theory]
    [InlineData(Everywhere)]
    [InlineData(OneNamespace)]
    public async Task No_role_has_a_wildcard_or_a_right_over_rights(string folder)
    {
        var rules = (await KustomizationAsync(folder)).Where(one => one.Key.Contains("Role ", StringComparison.Ordinal)).SelectMany(one => Rules(one.Value)).ToList();
        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.DoesNotContain("\"*\"", rule, StringComparison.Ordinal));
        foreach (var forbidden in BeyondAnOperator)
        {
            Assert.All(rules, rule => Assert.DoesNotContain($"\"{forbidden}\"", rule, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Everywhere)]
    [InlineData(OneNamespace)]
    public async Task The_operators_pods_hold_to_the_restricted_standard_by_their_own_fields(string folder)
    {
        var deployment = (await KustomizationAsync(folder))["Deployment cortex-operator"];
        var (pod, container) = (PodOf(deployment), ContainerOf(deployment));

        Assert.Equal("""{"runAsGroup":1654,"runAsNonRoot":true,"runAsUser":1654,"seccompProfile":{"type":"RuntimeDefault"}}""", Canonical(pod["securityContext"]!));
        Assert.Equal("""{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true}""", Canonical(container["securityContext"]!));
        foreach (var field in OfTheMachine)
        {
            Assert.Null(pod[field]);
        }

        Assert.All(container["ports"]!.AsArray(), port => Assert.Null(port!["hostPort"]));
    }

    [Fact]
    public async Task Probes_ask_the_port_that_the_operator_is_told_to_serve()
    {
        var deployment = (await KustomizationAsync(Everywhere))["Deployment cortex-operator"];
        var container = ContainerOf(deployment);
        var port = container["ports"]!.AsArray().Single(one => (string?)one!["name"] == "health")!["containerPort"]!;

        Assert.Equal(HealthCommand.DefaultPort, (long)port);
        Assert.Contains($"--health-port={port}", Arguments(deployment));
        Assert.Equal(
            ["/healthz", "/healthz", "/readyz"],
            Probes.Select(probe => (string?)container[probe]!["httpGet"]!["path"]));
    }

    [Theory]
    [InlineData(Everywhere)]
    [InlineData(OneNamespace)]
    public async Task The_operator_understands_the_arguments_that_it_is_given(string folder)
    {
        await using var place = new Workplace();
        var arguments = Arguments((await KustomizationAsync(folder))["Deployment cortex-operator"]);

        Assert.Equal("run", arguments[0]);
        Assert.Empty(Verbs.Root(place.Here).Parse(arguments).Errors);
    }

    [Fact]
    public async Task An_operator_that_is_away_locks_nobody_out()
    {
        var configuration = (await KustomizationAsync(Everywhere))["ValidatingWebhookConfiguration cortex-operator"];
        Assert.All(configuration["webhooks"]!.AsArray(), one => Assert.Equal("Ignore", (string?)one!["failurePolicy"]));
    }

    internal static bool IsDefinition(string key) => key.StartsWith("CustomResourceDefinition ", StringComparison.Ordinal);

    private static string Read(string file) => File.ReadAllText(Repository.Path(file));

    private static JsonNode PodOf(JsonObject deployment) => deployment["spec"]!["template"]!["spec"]!;

    private static JsonNode ContainerOf(JsonObject deployment) => PodOf(deployment)["containers"]!.AsArray().Single()!;

    private static IReadOnlyList<string> Arguments(JsonObject deployment) => [.. ContainerOf(deployment)["args"]!.AsArray().Select(one => (string)one!)];

    private static IReadOnlyList<string> Rules(JsonObject role) => [.. role["rules"]!.AsArray().Select(rule => Canonical(rule!))];

    internal static void AssertSame(IEnumerable<KeyValuePair<string, JsonObject>> expected, IReadOnlyDictionary<string, JsonObject> actual)
    {
        var wanted = expected.ToDictionary();
        Assert.NotEmpty(wanted);
        Assert.Equal(wanted.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        Assert.All(wanted, one => Assert.Equal(Canonical(one.Value), Canonical(actual[one.Key])));
    }

    /// <summary>The same text for the same object, whatever the order of its fields.</summary>
    private static string Canonical(JsonNode node) => node switch
    {
        JsonObject map => $"{{{string.Join(',', map.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{JsonValue.Create(one.Key)!.ToJsonString()}:{(one.Value is null ? "null" : Canonical(one.Value))}"))}}}",
        JsonArray list => $"[{string.Join(',', list.Select(one => one is null ? "null" : Canonical(one)))}]",
        _ => node.ToJsonString(),
    };
}
