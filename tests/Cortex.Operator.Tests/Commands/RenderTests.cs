using Cortex.Operator.Commands;
using k8s;
using k8s.Models;

namespace Cortex.Operator.Tests.Commands;

public sealed class RenderTests
{
    [Fact]
    public async Task Every_instance_is_a_pod_document()
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.Done, await place.RunAsync("render", "-f", place.File("cortex.yaml", Samples.Yaml), "--uid", "100", "--gid", "102"));
        var pods = KubernetesYaml.LoadAllFromString(place.Output, new Dictionary<string, Type> { ["v1/Pod"] = typeof(V1Pod) }).Cast<V1Pod>().ToList();
        Assert.Equal(["cortex-pr", "cortex-s1"], pods.Select(pod => pod.Metadata.Name));
        Assert.All(pods, pod => Assert.Equal(102, pod.Spec.Containers[0].SecurityContext.RunAsGroup));
        Assert.Equal([5432, 5433], pods.Select(pod => pod.Spec.Containers[0].Ports[0].HostPort));
    }

    [Fact]
    public async Task Every_problem_of_a_file_is_named()
    {
        await using var place = new Workplace();
        var file = place.File("bad.yaml", $"{Samples.Yaml.Replace("2", "50", StringComparison.Ordinal)}  podman: {{basePort: 80}}\n");

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("render", "-f", file, "--uid", "100"));
        Assert.Contains("spec.instances", place.Error, StringComparison.Ordinal);
        Assert.Contains("spec.podman.basePort", place.Error, StringComparison.Ordinal);
        Assert.Empty(place.Output);
    }

    [Theory]
    [InlineData("  podman: {bssePort: 6000}\n", "spec.podman.bssePort is no field of a CortexCluster")]
    [InlineData("  postgres: {parameters: {fsync: on}}\n", "spec.postgres.parameters.fsync has a value of the wrong type")]
    public async Task A_field_that_the_API_would_refuse_is_named(string line, string expected)
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("render", "-f", place.File("bad.yaml", Samples.Yaml + line), "--uid", "100"));
        Assert.Contains(expected, place.Error, StringComparison.Ordinal);
    }
}
