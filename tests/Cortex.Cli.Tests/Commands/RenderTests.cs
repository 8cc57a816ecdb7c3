using Cortex.Cli.Outcomes;
using k8s;
using k8s.Models;

namespace Cortex.Cli.Tests.Commands;

public sealed class RenderTests
{
    [Fact]
    public async Task Every_instance_is_rendered_as_a_pod()
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(
            ExitCodes.Done,
            await cortex.RunAsync("render", "-f", cortex.File("cortex.yaml", Samples.Yaml), "--uid", "100", "--gid", "102"));
        var pods = KubernetesYaml.LoadAllFromString(
            cortex.Output, new Dictionary<string, Type> { ["v1/Pod"] = typeof(V1Pod) }).Cast<V1Pod>().ToList();
        Assert.Equal(["cortex-pr", "cortex-s1"], pods.Select(pod => pod.Metadata.Name));
        Assert.All(pods, pod => Assert.Equal(102, pod.Spec.Containers[0].SecurityContext.RunAsGroup));
        Assert.Equal([5432, 5433], pods.Select(pod => pod.Spec.Containers[0].Ports[0].HostPort));
    }

    [Fact]
    public async Task Every_problem_of_a_file_is_reported()
    {
        await using var cortex = new CommandRunner();
        var file = cortex.File("bad.yaml", $"{Samples.Yaml.Replace("2", "50", StringComparison.Ordinal)}  podman: {{basePort: 80}}\n");

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("render", "-f", file, "--uid", "100"));
        Assert.Contains("bad.yaml: cortex would be refused: line 6: spec.instances", cortex.Error, StringComparison.Ordinal);
        Assert.Contains("line 7: spec.podman.basePort", cortex.Error, StringComparison.Ordinal);
        Assert.Empty(cortex.Output);
    }

    [Theory]
    [InlineData("  podman: {bssePort: 6000}\n", "line 7: CortexCluster has no field spec.podman.bssePort\n  correct its name")]
    [InlineData("  postgres: {parameters: {work_mem: on}}\n", "line 7: spec.postgres.parameters.work_mem must be a string\n  write \"on\"")]
    [InlineData(
        "  postgres:\n    parameters:\n      max_connections: 150\n",
        "line 9: spec.postgres.parameters.max_connections must be a string\n  write \"150\"")]
    [InlineData(
        "  postgres: {parameters: {auto_explain.log_analyze: on}}\n",
        "line 7: spec.postgres.parameters.auto_explain.log_analyze must be a string\n  write \"on\"")]
    [InlineData("  postgres: {hba: [1]}\n", "line 7: spec.postgres.hba[0] must be a string\n  write \"1\"")]
    [InlineData("  postgres: {hba: host}\n", "line 7: spec.postgres.hba must be a list\n")]
    [InlineData("  podman: {basePort: \"6000\"}\n", "line 7: spec.podman.basePort must be a whole number\n  write 6000, without quotes")]
    [InlineData("  promoteAllowDataLoss: \"yes\"\n", "line 7: spec.promoteAllowDataLoss must be true or false\n")]
    [InlineData("  replication: {mode: Sync}\n", "line 7: spec.replication.mode must be one of Asynchronous, Synchronous\n")]
    [InlineData("  podman:\n    basePort 6000\n", "line 8: expected \"field: value\" in spec.podman\n  write a colon")]
    [InlineData("  kubernetes: {allowFrom: [{cidr: 1}]}\n", "line 7: spec.kubernetes.allowFrom[0].cidr must be a string\n")]
    public async Task A_field_that_the_API_would_refuse_is_reported_with_its_line_and_a_remedy(string line, string expected)
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("render", "-f", cortex.File("bad.yaml", Samples.Yaml + line), "--uid", "100"));
        Assert.Contains($"bad.yaml, {expected}", cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_colon_is_reported_with_its_line()
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(
            ExitCodes.Failed,
            await cortex.RunAsync(
                "render",
                "-f",
                cortex.File("bad.yaml", Samples.Yaml.Replace("instances: 2", "instances 2", StringComparison.Ordinal)),
                "--uid",
                "100"));
        Assert.Contains(
            "bad.yaml, line 6: expected \"field: value\" in spec\n"
                + "  write a colon after the name of the field; \"instances 2\" has no colon",
            cortex.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_without_a_value_counts_as_absent()
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(
            ExitCodes.Done,
            await cortex.RunAsync("render", "-f", cortex.File("cortex.yaml", $"{Samples.Yaml}  postgres:\n"), "--uid", "100"));
    }
}
