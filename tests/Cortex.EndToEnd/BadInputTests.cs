using System.Net;
using System.Net.Sockets;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>What cannot be is refused with the field and the reason, and nothing is made.</summary>
[Trait("Tier", "podman")]
public sealed class BadInputTests(RunningOperator running) : IClassFixture<RunningOperator>
{
    [Theory]
    [InlineData("instances: 0", "spec.instances", "greater than or equal to 1")]
    [InlineData("instances: 50", "spec.instances", "less than or equal to 9")]
    [InlineData("instnaces: 3", "spec.instnaces", "unknown field")]
    public async Task What_the_schema_knows_the_API_refuses(string line, string field, string why)
    {
        await using var cluster = running.Operator.NewCluster();
        var answer = await running.Operator.Kubectl.ApplyAsync(cluster.Yaml(line));
        Assert.False(answer.Succeeded);
        Assert.Contains(field, answer.Errors, StringComparison.Ordinal);
        Assert.Contains(why, answer.Errors, StringComparison.Ordinal);
        Assert.Empty(await Podman.LeftOfAsync(cluster.Name));
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_refused()
    {
        var name = running.Operator.NewCluster().Name.PadRight(41, 'x');
        await using var cluster = running.Operator.NewCluster(name);
        await cluster.ApplyAsync();
        await DemandNotReadyAsync(cluster, Reasons.InvalidSpec, "metadata.name", "at most 40 characters");
        Assert.Empty(await Podman.LeftOfAsync(name));
    }

    [Theory]
    [InlineData("postgres:\n  parameters: {ssl: \"off\"}", "spec.postgres.parameters")]
    [InlineData("postgres:\n  hba: [\"host all all 0.0.0.0/0 md5\"]", "spec.postgres.hba[0]")]
    [InlineData("postgres:\n  hba: [\"hostssl all all all scram-sha-256\", \"hostssl all all all trust\"]", "spec.postgres.hba[1]")]
    public async Task What_would_weaken_a_cluster_is_refused_and_nothing_is_made(string spec, string field)
    {
        await using var cluster = running.Operator.NewCluster();
        await cluster.ApplyAsync(spec);
        await DemandNotReadyAsync(cluster, Reasons.InvalidSpec, field);
        Assert.Empty(await Podman.LeftOfAsync(cluster.Name));
    }

    [Fact]
    public async Task A_running_cluster_serves_on_under_a_bad_edit()
    {
        await using var cluster = await running.Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"ssl":"off"}}}}""");
        await DemandNotReadyAsync(cluster, Reasons.InvalidSpec, "spec.postgres.parameters");
        Assert.Equal("f", await Psql.TextAsync(access.Dsn, "select pg_is_in_recovery()"));
        await cluster.PatchAsync("""{"spec":{"postgres":null}}""");
        await cluster.ReadyAsync();
    }

    [Fact]
    public async Task A_namesake_in_another_namespace_is_refused_and_its_deletion_harms_nothing()
    {
        await using var cluster = await running.Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        var secrets = await SecretsAsync(cluster);
        var kubectl = running.Operator.Kubectl;
        await kubectl.RunAsync("create", "namespace", "elsewhere");
        (await kubectl.ApplyAsync(cluster.Yaml().Replace("metadata:", "metadata:\n  namespace: elsewhere", StringComparison.Ordinal))).Text();
        try
        {
            await Eventually.HoldsAsync(
                "the namesake is told whose the name is",
                async () => (await ConditionsAsync("elsewhere", cluster.Name)).Contains($"belongs to the cluster default/{cluster.Name}", StringComparison.Ordinal),
                async () => await ConditionsAsync("elsewhere", cluster.Name) + running.Operator.LogTail);
        }
        finally
        {
            (await kubectl.RunAsync("delete", "cortexcluster", cluster.Name, "-n", "elsewhere", "--timeout", "60s")).Text();
        }

        Assert.Equal(secrets, await SecretsAsync(cluster));
        Assert.Equal("f", await Psql.TextAsync(access.Dsn, "select pg_is_in_recovery()"));
    }

    [Fact]
    public async Task An_image_that_is_nowhere_is_named()
    {
        await using var cluster = running.Operator.NewCluster();
        await cluster.ApplyAsync("image: localhost/cortex-e2e-nowhere:1");
        await DemandNotReadyAsync(cluster, Reasons.ImageUnusable, "spec.image", "localhost/cortex-e2e-nowhere:1");
        foreach (var kind in new[] { "pod", "volume", "secret", "network" })
        {
            Assert.Empty(await Podman.NamesAsync(kind, cluster.Name));
        }
    }

    [Fact]
    public async Task An_image_without_PostgreSQL_is_named()
    {
        const string image = "localhost/cortex-e2e-empty:1";
        var archive = Path.Combine(running.Operator.ClientDirectory, "empty.tar");
        (await Tool.RunAsync("tar", ["-cf", archive, "-C", Machine.Root, "README.md"])).Text();
        await Podman.TextAsync("import", "--quiet", archive, image);
        try
        {
            await using var cluster = running.Operator.NewCluster();
            await cluster.ApplyAsync($"image: {image}");
            await DemandNotReadyAsync(cluster, Reasons.ImageUnusable, "spec.image", image);
            Assert.Empty(await Podman.NamesAsync("pod", cluster.Name));
        }
        finally
        {
            await Podman.TextAsync("rmi", "-f", image);
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_and_the_cluster_comes_up_when_it_is_free()
    {
        await using var cluster = running.Operator.NewCluster();
        using (var holder = new TcpListener(IPAddress.Loopback, cluster.BasePort))
        {
            holder.Start();
            await cluster.ApplyAsync();
            await cluster.UntilAsync(
                "the port is named",
                now => Cluster.Condition(now.Status, ConditionTypes.Progressing) is { Reason: Reasons.ActionFailed } failed
                    && failed.Message.Contains($"{cluster.BasePort}", StringComparison.Ordinal));
        }

        await cluster.ReadyAsync();
    }

    [Theory, InlineData("volume"), InlineData("pod"), InlineData("network")]
    public async Task Somebody_elses_things_under_our_names_are_left_untouched(string kind)
    {
        await using var cluster = running.Operator.NewCluster();
        var (name, make, look) = kind switch
        {
            "volume" => ($"{cluster.Primary}-data", new[] { "volume", "create" }, new[] { "volume", "inspect", "--format", "{{.CreatedAt}}" }),
            "pod" => (cluster.Primary, ["pod", "create", "--name"], ["pod", "inspect", "--format", "{{.ID}}"]),
            _ => ($"{cluster.Name}-net", ["network", "create"], ["network", "inspect", "--format", "{{.ID}}"]),
        };
        await Podman.TextAsync([.. make, name]);
        var before = await Podman.TextAsync([.. look, name]);

        await cluster.ApplyAsync();
        await DemandNotReadyAsync(cluster, Reasons.Conflict, $"{kind} {name}");
        (await running.Operator.Kubectl.RunAsync("delete", "cortexcluster", cluster.Name, "--timeout", "60s")).Text();

        Assert.Equal(before, await Podman.TextAsync([.. look, name]));
    }

    private static async Task DemandNotReadyAsync(Cluster cluster, string reason, params string[] parts)
    {
        var status = await cluster.UntilAsync(
            $"Ready is False because of {reason}", now => Cluster.Condition(now.Status, ConditionTypes.Ready) is { Status: "False" } said && said.Reason == reason);
        Assert.All(parts, part => Assert.Contains(part, Cluster.Condition(status, ConditionTypes.Ready)!.Message, StringComparison.Ordinal));
    }

    private static async Task<string> SecretsAsync(Cluster cluster) =>
        string.Join('\n', (await Podman.LinesAsync("secret", "ls", "--format", "{{.Name}} {{.ID}}", "--filter", $"name={cluster.Name}")).Order());

    private async Task<string> ConditionsAsync(string space, string name) =>
        (await running.Operator.Kubectl.RunAsync("get", "cortexcluster", name, "-n", space, "-o", "jsonpath={.status.conditions}")).Said;
}
