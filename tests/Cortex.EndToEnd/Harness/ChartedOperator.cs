namespace Cortex.EndToEnd.Harness;

/// <summary>For every namespace, by Helm: <c>helm install cortex-operator charts/cortex-operator</c>.</summary>
public sealed class ChartedOperator() : Installation("manifests", "tests/kubernetes/install", "cortex-chart", "chart-shop", usesAll: false)
{
    public const string Release = "cortex-operator";

    private readonly string place = Machine.NewDirectory();

    protected override void Need() => Helm.Demand();

    public override async Task InstallAsync() => (await HelmAsync("install", Release, Repository.Path("charts/cortex-operator"), "--skip-crds", "--wait", "--timeout", "240s")).Text();

    public async Task UninstallAsync()
    {
        (await HelmAsync("uninstall", Release, "--wait", "--timeout", "240s")).Text();
        // kubectl wait calls it an error where they are gone already.
        await Eventually.HoldsAsync("its pods are gone", async () => await Kubectl.TextAsync("-n", Home, "get", "pods", "-l", "app.kubernetes.io/name=cortex-operator", "-o", "name") == "", StoryAsync);
    }

    /// <summary>Helm against the cluster, with a home of its own.</summary>
    public Task<ToolResult> HelmAsync(params string[] arguments) => Tool.RunAsync(
        Helm.Demand(), ["--namespace", Home, .. arguments], new Dictionary<string, string?> { ["KUBECONFIG"] = KubernetesPlace.Kubeconfig, ["HOME"] = place });

    /// <summary>A test holds the chart's roles equal to the manifests'; an operator that is being uninstalled asks for what it may not do any more.</summary>
    protected override Task DemandRightsAsync() => Task.CompletedTask;
}
