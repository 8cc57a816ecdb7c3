using static Cortex.Operator.Tests.Installing.Rendered;

namespace Cortex.Operator.Tests.Installing;

/// <summary>The chart, by the Helm that tests/helm/helm.sh gets.</summary>
public sealed class ChartTests
{
    [Fact]
    public async Task Helm_renders_the_manifests_for_every_namespace() => InstallTests.AssertSame(
        (await KustomizationAsync("manifests")).Where(one => !one.Key.StartsWith("Namespace ", StringComparison.Ordinal) && !InstallTests.IsDefinition(one.Key)),
        await HelmAsync("cortex-system", "{}"));

    [Fact]
    public async Task Helm_renders_the_manifests_for_one_namespace() =>
        InstallTests.AssertSame(await KustomizationAsync("manifests/namespaced", "team-a"), await HelmAsync("team-a", "scope: namespace"));

    [Theory]
    [InlineData("{}")]
    [InlineData("scope: namespace")]
    [InlineData("webhook: {enabled: false}")]
    [InlineData("{replicas: 3, imagePullSecrets: [{name: pull}], nodeSelector: {disk: fast}, tolerations: [{key: database, operator: Exists}], resources: {limits: {memory: 1Gi}}}")]
    public async Task Helm_has_nothing_to_complain_of(string values)
    {
        var said = (await HelmOfChartAsync("lint", values, "--strict")).Text();

        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", said, StringComparison.Ordinal);
        Assert.DoesNotContain("[WARNING]", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replica: 3", "replica")]
    [InlineData("replicas: 0", "/replicas")]
    [InlineData("scope: everywhere", "/scope")]
    public async Task A_value_that_the_chart_cannot_take_is_refused_by_its_name(string values, string name)
    {
        var refused = await HelmOfChartAsync("template", values);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(name, refused.Errors, StringComparison.Ordinal);
    }
}
