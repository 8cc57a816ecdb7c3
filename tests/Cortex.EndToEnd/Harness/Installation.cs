using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Testing.Rbac;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// The operator as users install it, with two replicas, in the Kubernetes cluster that CORTEX_TEST_KUBECONFIG names. After its tests, the
/// granted rights are compared with the rights that were used, if CORTEX_TEST_AUDIT names the API server's audit log.
/// </summary>
/// <param name="recent">The manifests.</param>
/// <param name="old">The manifests for a Kubernetes cluster that has disruption budgets in <c>policy/v1beta1</c> only.</param>
/// <param name="home">The namespace of the operator.</param>
/// <param name="shop">The namespace of the tests' clusters.</param>
/// <param name="usesAll">Whether the tests use every granted right; otherwise unused rights are not reported.</param>
public abstract class Installation(string recent, string old, string home, string shop, bool usesAll) : IAsyncLifetime
{
    public const string Deployment = "deployment/cortex-operator";

    public string Home => home;

    public string Shop => shop;

    private static readonly Dictionary<Permission, string> Reserved = new()
    {
        [new Permission("cortex.bicameral.dev", "cortexclusters/finalizers", "update")] =
            "needed to set owner references if OwnerReferencesPermissionEnforcement is enabled",
    };

    private readonly string? audit = Environment.GetEnvironmentVariable("CORTEX_TEST_AUDIT") is { Length: > 0 } file ? file : null;
    private int known;
    private string manifests = "";
    private Kubernetes? api;

    /// <summary>For frequent requests: a kubectl for each request would take too much of the machine.</summary>
    public Kubernetes Api => api!;

    public Kubectl Kubectl { get; } = new(Environment.GetEnvironmentVariable("CORTEX_TEST_KUBECONFIG") ?? "", Machine.NewDirectory());

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(TestTargets.Current is KubernetesTestTarget, "this run has no Kubernetes cluster: ./cortex test kubernetes");
        SkipUnlessPossible();
        known = Lines().Length;
        api = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(KubernetesTestTarget.Kubeconfig));
        foreach (var space in new[] { home, shop }.Distinct())
        {
            (await Kubectl.ApplyAsync($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}}}")).Text();
        }

        (await Kubectl.RunAsync("apply", "--validate=false", "-k", Repository.Path("crds"))).Text();
        var budgets = (await Kubectl.TextAsync("api-versions")).Split('\n').Contains("policy/v1");
        manifests = Repository.Path(budgets ? recent : old);
        await InstallAsync();
    }

    /// <summary>Skips the tests if a program that the installation needs is missing.</summary>
    protected virtual void SkipUnlessPossible()
    {
    }

    /// <summary>Installs the operator without its namespace and the definition, and waits until it runs.</summary>
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
            await AssertRightsAsync();
        }
        finally
        {
            await Kubectl.RunAsync("delete", "clusterrole,clusterrolebinding,validatingwebhookconfiguration", "cortex-operator");
            await Kubectl.RunAsync(["delete", "namespace", .. new[] { shop, home }.Distinct(), "--timeout=240s"]);
        }
    }

    /// <summary>Asserts that the operator used exactly its rights, or at most its rights if the tests do not need all of them.</summary>
    protected virtual async Task AssertRightsAsync()
    {
        if (audit is null)
        {
            TestContext.Current.SendDiagnosticMessage("the rights are not checked: CORTEX_TEST_AUDIT names no audit log");
            return;
        }

        var granted = new Roles(await Kubectl.TextAsync("kustomize", manifests)).Of(home, "cortex-operator");
        var used = AuditLog.Read(Lines()[known..], AuditLog.ServiceAccount(home, "cortex-operator"));
        Assert.NotEmpty(used);
        var rights = new LeastPrivilege(granted, used);
        IReadOnlyList<string> findings = usesAll
            ? rights.Findings(Reserved)
            : [.. rights.Denied.Concat(rights.Unexplained).Select(finding => finding.ToString())];
        Assert.True(findings.Count == 0, string.Join("\n", findings));
    }

    /// <summary>The replica that holds the lease.</summary>
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
        new V1Patch(json, V1Patch.PatchType.MergePatch),
        CortexCluster.GroupName,
        CortexCluster.Version,
        shop,
        CortexCluster.Plural,
        name,
        cancellationToken: Ct);

    /// <summary>Changes what the operator has recorded.</summary>
    public Task PatchStatusAsync(string name, string json) => Api.CustomObjects.PatchNamespacedCustomObjectStatusAsync(
        new V1Patch(json, V1Patch.PatchType.MergePatch),
        CortexCluster.GroupName,
        CortexCluster.Version,
        shop,
        CortexCluster.Plural,
        name,
        cancellationToken: Ct);

    public Task PromoteAsync(string name, string instance) =>
        PatchAsync(name, JsonSerializer.Serialize(new { spec = new { promote = instance } }));

    /// <summary>Deletes a cluster as a user does, and waits until it is removed.</summary>
    public async Task DeleteAsync(string name)
    {
        var result = await Kubectl.RunAsync("-n", shop, "delete", "cortexcluster", name, "--timeout=240s");
        Assert.True(result.Succeeded, result.Succeeded ? "" : $"{result.Said}\n{await DescribeAsync()}");
    }

    /// <summary>The present resource; null if it does not exist.</summary>
    public async Task<CortexCluster?> ReadAsync(string name)
    {
        try
        {
            return await Api.CustomObjects.GetNamespacedCustomObjectAsync<CortexCluster>(
                CortexCluster.GroupName, CortexCluster.Version, shop, CortexCluster.Plural, name, Ct);
        }
        catch (HttpOperationException absent) when (absent.Response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Waits for a state of the resource; a failure contains a description of the cluster and the operator's log.</summary>
    public async Task<ClusterStatus> UntilAsync(string name, string what, Func<CortexCluster, bool> condition) =>
        (await Eventually.GetAsync(
            $"{name}: {what}",
            async () => await ReadAsync(name) is { } now && condition(now) ? now : null,
            DescribeAsync)).Status ?? new ClusterStatus();

    /// <summary>Waits until the message of a condition, of one type or of any type, contains a text.</summary>
    public Task<ClusterStatus> UntilConditionContainsAsync(string name, string words, string? type = null) => UntilAsync(
        name,
        $"{type ?? "a condition"} contains {words}",
        now => now.Status?.Conditions.Any(
            condition => (type is null || condition.Type == type) && condition.Message.Contains(words, StringComparison.Ordinal)) == true);

    public Task<ClusterStatus> ReadyAsync(string name) => UntilAsync(
        name,
        "it is Ready",
        now => now.Status is { } status
            && status.ObservedGeneration == now.Metadata.Generation
            && Cluster.Is(status, ConditionTypes.Ready, "True"));

    /// <summary>The pods of the instances with their identity and number of restarts. The pods of one-shots are omitted.</summary>
    public async Task<IReadOnlyList<string>> PodsAsync(string name)
    {
        var selector = $"cortex.bicameral.dev/cluster={name},app.kubernetes.io/component=instance";
        var pods = await Api.CoreV1.ListNamespacedPodAsync(shop, labelSelector: selector, cancellationToken: Ct);
        return
        [
            .. pods.Items.Select(pod => $"{pod.Metadata.Name} {pod.Metadata.Uid} {pod.Status.ContainerStatuses?[0].RestartCount}")
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The logs first: a long output is often shown without its beginning.</summary>
    public async Task<string> DescribeAsync() =>
        (await Kubectl.RunAsync("-n", home, "logs", "-l", "app.kubernetes.io/name=cortex-operator", "--tail=25", "--prefix")).Said
        + (await Kubectl.RunAsync("get", "nodes", "-o", "jsonpath={range .items[*]}{.metadata.name}: {.spec}{\"\\n\"}{end}")).Said
        + (await Kubectl.RunAsync("-n", home, "get", "pods,leases", "-o", "wide")).Said
        + (await Kubectl.RunAsync("-n", shop, "get", "cortexclusters,pods,pvc,services", "-o", "wide")).Said
        + (await Kubectl.RunAsync(
            "-n", shop, "get", "cortexclusters", "-o",
            "jsonpath={range .items[*]}{.metadata.name}: {.status.conditions}{\"\\n\"}{end}")).Said;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string[] Lines() => audit is null ? [] : File.ReadAllLines(audit);
}
