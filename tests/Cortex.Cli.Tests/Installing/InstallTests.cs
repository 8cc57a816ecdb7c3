using System.Text.Json.Nodes;
using Cortex.Cli.Commands;
using static Cortex.Cli.Tests.Installing.Rendered;

namespace Cortex.Cli.Tests.Installing;

/// <summary>The objects that <c>kubectl apply -k</c> and the chart create in a Kubernetes cluster.</summary>
public sealed class InstallTests
{
    private const string Everywhere = "manifests";
    private const string OneNamespace = "manifests/namespaced";
    private const string System = "cortex-system";
    private const string Team = "team-a";

    private static readonly string[] ForbiddenRights =
    [
        "rbac.authorization.k8s.io", "pods/exec", "impersonate", "escalate", "bind", "deletecollection",
    ];
    private static readonly string[] ForbiddenPodFields = ["hostNetwork", "hostPID", "hostIPC", "volumes", "initContainers"];
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    [Fact]
    public async Task The_chart_equals_the_manifests_for_every_namespace()
    {
        var kustomized = await KustomizationAsync(Everywhere);
        var chart = await ChartAsync(System, "{}", "policy/v1");

        // Helm creates the namespace itself if an option says so, and installs the definitions of crds/ without rendering them.
        AssertSame(
            kustomized.Where(item => !item.Key.StartsWith("Namespace ", StringComparison.Ordinal) && !IsDefinition(item.Key)), chart);
        Assert.All(
            ["cortexclusters", "cortexbackups"],
            kind => Assert.Equal(Read($"crds/{kind}.yaml"), Read($"charts/cortex-operator/crds/{kind}.yaml")));
    }

    [Fact]
    public async Task The_chart_equals_the_manifests_for_one_namespace() =>
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
        Assert.Equal(
            """[{"ipBlock":{"cidr":"10.0.0.10/32"}}]""",
            chart["NetworkPolicy cortex-operator"]["spec"]!["ingress"]![1]!["from"]!.ToJsonString());
    }

    [Theory]
    [InlineData(Everywhere)]
    [InlineData(OneNamespace)]
    public async Task The_network_policy_opens_only_the_ports_that_the_operator_serves(string folder)
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
    public async Task The_installation_of_the_test_cluster_differs_only_in_one_API_version()
    {
        var wanted = (await KustomizationAsync(Everywhere)).ToDictionary();
        wanted["PodDisruptionBudget cortex-operator"]["apiVersion"] = "policy/v1beta1";

        AssertSame(wanted, await KustomizationAsync("tests/kubernetes/install"));
    }

    [Fact]
    public void Every_value_of_the_chart_is_in_its_schema()
    {
        var schema = ValuesSchema()["properties"]!.AsObject();
        Assert.Equal(
            Values().Select(value => value.Key).Append("global").Order(StringComparer.Ordinal),
            schema.Select(item => item.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_rights_for_one_namespace_are_those_for_every_namespace_without_the_cluster_wide_ones()
    {
        var everywhere = Rules((await KustomizationAsync(Everywhere))["ClusterRole cortex-operator"]);
        var inNamespace = Rules((await KustomizationAsync(OneNamespace))["Role cortex-operator"]);

        Assert.Equal(inNamespace, everywhere.Take(inNamespace.Count));
        Assert.Equal(
            [
                """{"apiGroups":[""],"resources":["nodes"],"verbs":["get"]}""",
                """{"apiGroups":["admissionregistration.k8s.io"],"resourceNames":["cortex-operator"]"""
                    + ""","resources":["validatingwebhookconfigurations"],"verbs":["get","patch"]}""",
            ],
            everywhere.Skip(inNamespace.Count));
    }

    [Fact]
    public async Task An_installation_for_one_namespace_has_no_cluster_wide_object()
    {
        var objects = await KustomizationAsync(OneNamespace, Team);
        Assert.All(objects.Values, item => Assert.Equal(Team, (string?)item["metadata"]!["namespace"]));
        Assert.Contains("--namespace=$(POD_NAMESPACE)", Arguments(objects["Deployment cortex-operator"]));
    }

    [Theory]
    [InlineData(Everywhere)]
    [InlineData(OneNamespace)]
    public async Task No_role_has_a_wildcard_or_the_right_to_change_rights(string folder)
    {
        var rules = (await KustomizationAsync(folder)).Where(item => item.Key.Contains("Role ", StringComparison.Ordinal))
            .SelectMany(role => Rules(role.Value))
            .ToList();
        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.DoesNotContain("\"*\"", rule, StringComparison.Ordinal));
        foreach (var forbidden in ForbiddenRights)
        {
            Assert.All(rules, rule => Assert.DoesNotContain($"\"{forbidden}\"", rule, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Everywhere)]
    [InlineData(OneNamespace)]
    public async Task The_operators_pods_meet_the_restricted_pod_security_standard(string folder)
    {
        var deployment = (await KustomizationAsync(folder))["Deployment cortex-operator"];
        var (pod, container) = (PodOf(deployment), ContainerOf(deployment));

        Assert.Equal(
            """{"runAsGroup":1654,"runAsNonRoot":true,"runAsUser":1654,"seccompProfile":{"type":"RuntimeDefault"}}""",
            Canonical(pod["securityContext"]!));
        Assert.Equal(
            """{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true}""",
            Canonical(container["securityContext"]!));
        foreach (var field in ForbiddenPodFields)
        {
            Assert.Null(pod[field]);
        }

        Assert.All(container["ports"]!.AsArray(), port => Assert.Null(port!["hostPort"]));
    }

    [Fact]
    public async Task Probes_use_the_health_port_of_the_operators_arguments()
    {
        var deployment = (await KustomizationAsync(Everywhere))["Deployment cortex-operator"];
        var container = ContainerOf(deployment);
        var port = container["ports"]!.AsArray().Single(item => (string?)item!["name"] == "health")!["containerPort"]!;

        Assert.Equal(HealthCommand.DefaultPort, (long)port);
        Assert.Contains($"--health-port={port}", Arguments(deployment));
        Assert.Equal(
            ["/healthz", "/healthz", "/readyz"],
            Probes.Select(probe => (string?)container[probe]!["httpGet"]!["path"]));
    }

    [Theory]
    [InlineData(Everywhere)]
    [InlineData(OneNamespace)]
    public async Task The_operators_arguments_in_the_manifests_are_valid(string folder)
    {
        await using var cortex = new CommandRunner();
        var arguments = Arguments((await KustomizationAsync(folder))["Deployment cortex-operator"]);

        Assert.Equal("run", arguments[0]);
        Assert.Empty(CommandList.Root(cortex.Context).Parse(arguments).Errors);
    }

    [Fact]
    public async Task The_webhooks_failure_policy_is_Ignore()
    {
        var configuration = (await KustomizationAsync(Everywhere))["ValidatingWebhookConfiguration cortex-operator"];
        Assert.All(configuration["webhooks"]!.AsArray(), item => Assert.Equal("Ignore", (string?)item!["failurePolicy"]));
    }

    internal static bool IsDefinition(string key) => key.StartsWith("CustomResourceDefinition ", StringComparison.Ordinal);

    private static string Read(string file) => File.ReadAllText(Repository.Path(file));

    private static JsonNode PodOf(JsonObject deployment) => deployment["spec"]!["template"]!["spec"]!;

    private static JsonNode ContainerOf(JsonObject deployment) => PodOf(deployment)["containers"]!.AsArray().Single()!;

    private static IReadOnlyList<string> Arguments(JsonObject deployment) =>
        [.. ContainerOf(deployment)["args"]!.AsArray().Select(item => (string)item!)];

    private static IReadOnlyList<string> Rules(JsonObject role) => [.. role["rules"]!.AsArray().Select(rule => Canonical(rule!))];

    internal static void AssertSame(IEnumerable<KeyValuePair<string, JsonObject>> expected, IReadOnlyDictionary<string, JsonObject> actual)
    {
        var wanted = expected.ToDictionary();
        Assert.NotEmpty(wanted);
        Assert.Equal(wanted.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        Assert.All(wanted, item => Assert.Equal(Canonical(item.Value), Canonical(actual[item.Key])));
    }

    /// <summary>A text that does not depend on the order of fields.</summary>
    private static string Canonical(JsonNode node) => node switch
    {
        JsonObject map => $"{{{string.Join(',', map.OrderBy(field => field.Key, StringComparer.Ordinal).Select(Field))}}}",
        JsonArray list => $"[{string.Join(',', list.Select(Value))}]",
        _ => node.ToJsonString(),
    };

    private static string Field(KeyValuePair<string, JsonNode?> field) =>
        $"{JsonValue.Create(field.Key)!.ToJsonString()}:{Value(field.Value)}";

    private static string Value(JsonNode? value) => value is null ? "null" : Canonical(value);
}
