using System.Text.Json.Nodes;
using Cortex.EndToEnd.Harness.Rbac;

namespace Cortex.EndToEnd.Harness;

/// <summary>For every namespace: <c>kubectl apply -k manifests/</c>.</summary>
public sealed class InstalledOperator() : Installation("manifests", "tests/kubernetes/install", "cortex-system", "shop", usesAll: true);

/// <summary>For one namespace alone: <c>kubectl apply -n team-a -k manifests/namespaced</c>.</summary>
public sealed class NamespacedOperator() : Installation("manifests/namespaced", "tests/kubernetes/install/namespaced", "team-a", "team-a", usesAll: false);

/// <summary>
/// The operator as users install it, two replicas, in the Kubernetes cluster that CORTEX_TEST_KUBECONFIG names. When its stories are told, the rights that
/// it was given are held against those that it used, where CORTEX_TEST_AUDIT names the API server's audit log.
/// </summary>
/// <param name="recent">Its manifests.</param>
/// <param name="old">The same for clusters that have disruption budgets in <c>policy/v1beta1</c> only.</param>
/// <param name="home">The namespace of the operator.</param>
/// <param name="shop">The namespace in which its stories make their clusters.</param>
/// <param name="usesAll">Its stories need every right that it has; else nothing is said of those that they did not use.</param>
public abstract class Installation(string recent, string old, string home, string shop, bool usesAll) : IAsyncLifetime
{
    public const string Deployment = "deployment/cortex-operator";

    public string Home => home;

    public string Shop => shop;

    private static readonly Dictionary<Permission, string> Reserved = new()
    {
        [new Permission("cortex.bicameral.dev", "cortexclusters/finalizers", "update")] = "asked of those who set owner references where OwnerReferencesPermissionEnforcement is on",
    };

    private readonly string? audit = Environment.GetEnvironmentVariable("CORTEX_TEST_AUDIT") is { Length: > 0 } file ? file : null;
    private int known;
    private string manifests = "";

    public Kubectl Kubectl { get; } = new(Environment.GetEnvironmentVariable("CORTEX_TEST_KUBECONFIG") ?? "", Machine.NewDirectory());

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Place.Here is KubernetesPlace, "there is no Kubernetes here: ./cortex test kubernetes");
        known = Lines().Length;
        foreach (var space in new[] { home, shop }.Distinct())
        {
            (await Kubectl.ApplyAsync($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}}}")).Text();
        }

        (await Kubectl.RunAsync("apply", "--validate=false", "-f", Path.Combine(Machine.Root, "crds/cortexclusters.yaml"))).Text();
        var budgets = (await Kubectl.TextAsync("api-versions")).Split('\n').Contains("policy/v1");
        manifests = Path.Combine(Machine.Root, budgets ? recent : old);
        (await Kubectl.RunAsync("-n", home, "apply", "--validate=false", "-k", manifests)).Text();
        (await Kubectl.RunAsync("-n", home, "rollout", "status", Deployment, "--timeout=240s")).Text();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (manifests.Length == 0)
        {
            return;
        }

        try
        {
            (await Kubectl.RunAsync("-n", shop, "delete", "cortexclusters", "--all", "--timeout=240s")).Text();
            if (audit is null)
            {
                TestContext.Current.SendDiagnosticMessage("the rights are not looked at: CORTEX_TEST_AUDIT names no audit log");
                return;
            }

            // Several checks of whether it leads, and of its webhook, pass meanwhile.
            await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
            var granted = new Roles(await Kubectl.TextAsync("kustomize", manifests)).Of(home, "cortex-operator");
            var asked = AuditLog.Read(Lines()[known..], AuditLog.ServiceAccount(home, "cortex-operator"));
            Assert.NotEmpty(asked);
            var rights = new LeastPrivilege(granted, asked);
            Assert.Empty(usesAll ? rights.Findings(Reserved) : [.. rights.Denied.Concat(rights.Unexplained).Select(one => one.ToString())]);
        }
        finally
        {
            await Kubectl.RunAsync(["delete", "namespace", .. new[] { shop, home }.Distinct(), "--timeout=240s"]);
            await Kubectl.RunAsync("delete", "clusterrole,clusterrolebinding,validatingwebhookconfiguration", "cortex-operator");
        }
    }

    /// <summary>The replica that works.</summary>
    public async Task<string> LeaderAsync() => (await Kubectl.RunAsync("-n", home, "get", "lease", "cortex-operator", "-o", "jsonpath={.spec.holderIdentity}")).Output;

    public async Task ApplyAsync(string name, string spec, string image = Machine.Image) => (await TryApplyAsync(name, spec, image)).Text();

    public Task<ToolResult> TryApplyAsync(string name, string spec, string image = Machine.Image) => Kubectl.ApplyAsync($$"""
        apiVersion: cortex.bicameral.dev/v1alpha1
        kind: CortexCluster
        metadata: {name: {{name}}, namespace: {{shop}}}
        spec: {image: "{{image}}", deletionPolicy: Delete, {{spec}}}
        """);

    public async Task PatchAsync(string name, string json) => (await Kubectl.RunAsync("-n", shop, "patch", "cortexcluster", name, "--type", "merge", "-p", json)).Text();

    /// <summary>Asks for the resource until it is as wished; the story of a failure has what the cluster and the operator say.</summary>
    public Task<JsonNode> UntilAsync(string name, string what, Func<JsonNode, bool> asWished) => Eventually.GetAsync(
        $"{name}: {what}",
        async () => JsonNode.Parse((await Kubectl.RunAsync("-n", shop, "get", "cortexcluster", name, "-o", "json")).Output) is { } now && asWished(now) ? now : null,
        StoryAsync);

    public Task<JsonNode> ReadyAsync(string name) => UntilAsync(name, "it is Ready", now =>
        Condition(now, "Ready") is ("True", _) && (long?)now["status"]?["observedGeneration"] == (long?)now["metadata"]!["generation"]);

    /// <summary>Status and message of a condition.</summary>
    public static (string? Status, string? Message)? Condition(JsonNode cluster, string type) =>
        cluster["status"]?["conditions"]?.AsArray().FirstOrDefault(one => (string?)one!["type"] == type) is { } found ? ((string?)found["status"], (string?)found["message"]) : null;

    public async Task<string> StoryAsync() =>
        (await Kubectl.RunAsync("-n", shop, "get", "cortexclusters,pods,pvc,services", "-o", "wide")).Said
        + (await Kubectl.RunAsync("-n", shop, "get", "cortexclusters", "-o", "jsonpath={range .items[*]}{.metadata.name}: {.status.conditions}{\"\\n\"}{end}")).Said
        + (await Kubectl.RunAsync("-n", home, "get", "pods", "-o", "wide")).Said
        + (await Kubectl.RunAsync("-n", home, "logs", "-l", "app.kubernetes.io/name=cortex-operator", "--tail=25", "--prefix")).Said;

    private string[] Lines() => audit is null ? [] : File.ReadAllLines(audit);
}
