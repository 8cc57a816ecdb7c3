using static Cortex.Cli.Tests.Installing.Rendered;

namespace Cortex.Cli.Tests.Installing;

/// <summary>The chart, rendered by the Helm of tests/helm/helm.sh.</summary>
public sealed class ChartTests
{
    [Fact]
    public async Task Helm_renders_the_manifests_for_every_namespace() => InstallTests.AssertSame(
        (await KustomizationAsync("manifests")).Where(
            item => !item.Key.StartsWith("Namespace ", StringComparison.Ordinal) && !InstallTests.IsDefinition(item.Key)),
        await HelmAsync("cortex-system", "{}"));

    [Fact]
    public async Task Helm_renders_the_manifests_for_one_namespace() =>
        InstallTests.AssertSame(await KustomizationAsync("manifests/namespaced", "team-a"), await HelmAsync("team-a", "scope: namespace"));

    [Theory]
    [InlineData("{}")]
    [InlineData("scope: namespace")]
    [InlineData("webhook: {enabled: false}")]
    [InlineData(
        "{replicas: 3, imagePullSecrets: [{name: pull}], nodeSelector: {disk: fast}, tolerations: [{key: database, operator: Exists}], "
            + "resources: {limits: {memory: 1Gi}}}")]
    public async Task Helm_lint_reports_no_problem(string values)
    {
        var text = (await HelmOfChartAsync("lint", values, "--strict")).Text();

        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[WARNING]", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replica: 3", "replica")]
    [InlineData("replicas: 0", "/replicas")]
    [InlineData("scope: everywhere", "/scope")]
    public async Task An_invalid_value_of_the_chart_is_refused_with_its_name(string values, string name)
    {
        var refused = await HelmOfChartAsync("template", values);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(name, refused.Errors, StringComparison.Ordinal);
    }
}
