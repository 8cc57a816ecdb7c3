namespace Cortex.EndToEnd.Harness;

/// <summary>The operator for every namespace, installed by Helm: <c>helm install cortex-operator charts/cortex-operator</c>.</summary>
public sealed class ChartedOperator() : Installation("manifests", "tests/kubernetes/install", "cortex-chart", "chart-shop", usesAll: false)
{
    public const string Release = "cortex-operator";

    private readonly string home = Machine.NewDirectory();

    protected override void SkipUnlessPossible() => Helm.Demand();

    public override async Task InstallAsync() =>
        (await HelmAsync(
            "install", Release, Repository.Path("charts/cortex-operator"), "--skip-crds", "--wait", "--timeout", "240s")).Text();

    public async Task UninstallAsync()
    {
        (await HelmAsync("uninstall", Release, "--wait", "--timeout", "240s")).Text();
        // kubectl wait fails if the pods are already gone.
        await Eventually.HoldsAsync(
            "its pods are gone",
            async () => await Kubectl.TextAsync(
                "-n", Home, "get", "pods", "-l", "app.kubernetes.io/name=cortex-operator", "-o", "name") == "",
            DescribeAsync);
    }

    /// <summary>Runs Helm on the Kubernetes cluster, with its own home directory.</summary>
    public Task<ToolResult> HelmAsync(params string[] arguments) => Tool.RunAsync(
        Helm.Demand(),
        [
            "--namespace", Home, .. arguments,
        ], new Dictionary<string, string?> { ["KUBECONFIG"] = KubernetesTestTarget.Kubeconfig, ["HOME"] = home });

    /// <summary>
    /// Nothing is checked: a unit test compares the chart's roles, and an operator that is being uninstalled sends requests that are
    /// denied.
    /// </summary>
    protected override Task AssertRightsAsync() => Task.CompletedTask;
}
