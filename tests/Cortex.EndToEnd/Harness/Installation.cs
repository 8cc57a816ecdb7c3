using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Testing.Rbac;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Cortex.EndToEnd.Harness;

/// <summary>For every namespace: <c>kubectl apply -k manifests/</c>.</summary>
public sealed class InstalledOperator : Installation
{
    public InstalledOperator()
        : base("manifests", "tests/kubernetes/install", "cortex-system", "shop", usesAll: true) => Pair = new(this);

    /// <summary>A cluster that its tests share.</summary>
    public InstalledPair Pair { get; }
}

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
    private Kubernetes? api;

    /// <summary>For what is asked many times: a kubectl for each question would take the machine from the tests.</summary>
    public Kubernetes Api => api!;

    public Kubectl Kubectl { get; } = new(Environment.GetEnvironmentVariable("CORTEX_TEST_KUBECONFIG") ?? "", Machine.NewDirectory());

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Place.Here is KubernetesPlace, "there is no Kubernetes here: ./cortex test kubernetes");
        Need();
        known = Lines().Length;
        api = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(KubernetesPlace.Kubeconfig));
        foreach (var space in new[] { home, shop }.Distinct())
        {
            (await Kubectl.ApplyAsync($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}}}")).Text();
        }

        (await Kubectl.RunAsync("apply", "--validate=false", "-f", Repository.Path("crds/cortexclusters.yaml"))).Text();
        var budgets = (await Kubectl.TextAsync("api-versions")).Split('\n').Contains("policy/v1");
        manifests = Repository.Path(budgets ? recent : old);
        await InstallAsync();
    }

    /// <summary>Skips the tests where something that the installation takes is missing.</summary>
    protected virtual void Need()
    {
    }

    /// <summary>The operator, but for its namespace and the definition; it runs afterwards.</summary>
    public virtual async Task InstallAsync()
    {
        (await Kubectl.RunAsync("-n", home, "apply", "--validate=false", "-k", manifests)).Text();
        (await Kubectl.RunAsync("-n", home, "rollout", "status", Deployment, "--timeout=240s")).Text();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        using var closed = api;
        if (manifests.Length == 0)
        {
            return;
        }

        try
        {
            (await Kubectl.RunAsync("-n", shop, "delete", "cortexclusters", "--all", "--timeout=240s")).Text();
            await DemandRightsAsync();
        }
        finally
        {
            await Kubectl.RunAsync("delete", "clusterrole,clusterrolebinding,validatingwebhookconfiguration", "cortex-operator");
            await Kubectl.RunAsync(["delete", "namespace", .. new[] { shop, home }.Distinct(), "--timeout=240s"]);
        }
    }

    /// <summary>What the operator was granted is what it used, or more than that where its stories do not need all.</summary>
    protected virtual async Task DemandRightsAsync()
    {
        if (audit is null)
        {
            TestContext.Current.SendDiagnosticMessage("the rights are not looked at: CORTEX_TEST_AUDIT names no audit log");
            return;
        }

        var granted = new Roles(await Kubectl.TextAsync("kustomize", manifests)).Of(home, "cortex-operator");
        var asked = AuditLog.Read(Lines()[known..], AuditLog.ServiceAccount(home, "cortex-operator"));
        Assert.NotEmpty(asked);
        var rights = new LeastPrivilege(granted, asked);
        IReadOnlyList<string> findings = usesAll ? rights.Findings(Reserved) : [.. rights.Denied.Concat(rights.Unexplained).Select(one => one.ToString())];
        Assert.True(findings.Count == 0, string.Join("\n", findings));
    }

    /// <summary>The replica that works.</summary>
    public async Task<string> LeaderAsync() =>
        (await Api.CoordinationV1.ReadNamespacedLeaseAsync("cortex-operator", home, cancellationToken: Ct)).Spec.HolderIdentity ?? "";

    public async Task ApplyAsync(string name, string spec, string image = Machine.Image) => (await TryApplyAsync(name, spec, image)).Text();

    public Task<ToolResult> TryApplyAsync(string name, string spec, string image = Machine.Image) => Kubectl.ApplyAsync($$"""
        apiVersion: cortex.bicameral.dev/v1alpha1
        kind: CortexCluster
        metadata: {name: {{name}}, namespace: {{shop}}}
        spec: {image: "{{image}}", deletionPolicy: Delete, {{spec}}}
        """);

    public Task PatchAsync(string name, string json) => Api.CustomObjects.PatchNamespacedCustomObjectAsync(
        new V1Patch(json, V1Patch.PatchType.MergePatch), CortexCluster.GroupName, CortexCluster.Version, shop, CortexCluster.Plural, name, cancellationToken: Ct);

    public Task PromoteAsync(string name, string instance) => PatchAsync(name, JsonSerializer.Serialize(new { spec = new { promote = instance } }));

    /// <summary>Deletes it as a user does, and waits until it is gone.</summary>
    public async Task DeleteAsync(string name)
    {
        var result = await Kubectl.RunAsync("-n", shop, "delete", "cortexcluster", name, "--timeout=240s");
        Assert.True(result.Succeeded, result.Succeeded ? "" : $"{result.Said}\n{await StoryAsync()}");
    }

    /// <summary>The resource as it is now; null when there is none.</summary>
    public async Task<CortexCluster?> ReadAsync(string name)
    {
        try
        {
            return await Api.CustomObjects.GetNamespacedCustomObjectAsync<CortexCluster>(CortexCluster.GroupName, CortexCluster.Version, shop, CortexCluster.Plural, name, Ct);
        }
        catch (HttpOperationException absent) when (absent.Response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Asks for the resource until it is as wished; the story of a failure has what the cluster and the operator say.</summary>
    public async Task<ClusterStatus> UntilAsync(string name, string what, Func<CortexCluster, bool> asWished) =>
        (await Eventually.GetAsync($"{name}: {what}", async () => await ReadAsync(name) is { } now && asWished(now) ? now : null, StoryAsync)).Status ?? new ClusterStatus();

    /// <summary>Waits until a condition of it, of one type or of any, says something.</summary>
    public Task<ClusterStatus> UntilSaidAsync(string name, string words, string? type = null) => UntilAsync(
        name,
        $"{type ?? "a condition"} says {words}",
        now => now.Status?.Conditions.Any(one => (type is null || one.Type == type) && one.Message.Contains(words, StringComparison.Ordinal)) == true);

    public Task<ClusterStatus> ReadyAsync(string name) => UntilAsync(
        name, "it is Ready", now => now.Status is { } status && status.ObservedGeneration == now.Metadata.Generation && Cluster.Is(status, ConditionTypes.Ready, "True"));

    /// <summary>Every instance's pod as it is told from another of the same name: its identity and how often it was restarted. Those that do one thing come and go.</summary>
    public async Task<IReadOnlyList<string>> PodsAsync(string name) =>
        [.. (await Api.CoreV1.ListNamespacedPodAsync(shop, labelSelector: $"cortex.bicameral.dev/cluster={name},app.kubernetes.io/component=instance", cancellationToken: Ct)).Items
            .Select(pod => $"{pod.Metadata.Name} {pod.Metadata.Uid} {pod.Status.ContainerStatuses?[0].RestartCount}").Order(StringComparer.Ordinal)];

    public async Task<string> StoryAsync() =>
        (await Kubectl.RunAsync("-n", shop, "get", "cortexclusters,pods,pvc,services", "-o", "wide")).Said
        + (await Kubectl.RunAsync("-n", shop, "get", "cortexclusters", "-o", "jsonpath={range .items[*]}{.metadata.name}: {.status.conditions}{\"\\n\"}{end}")).Said
        + (await Kubectl.RunAsync("-n", home, "get", "pods", "-o", "wide")).Said
        + (await Kubectl.RunAsync("-n", home, "logs", "-l", "app.kubernetes.io/name=cortex-operator", "--tail=25", "--prefix")).Said;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string[] Lines() => audit is null ? [] : File.ReadAllLines(audit);
}
