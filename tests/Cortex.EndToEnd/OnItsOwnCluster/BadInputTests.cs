using System.Net;
using System.Net.Sockets;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>An invalid resource is refused with the field and the reason, and nothing is created.</summary>
public sealed class BadInputTests(SharedClusters shared) : OwnCluster(shared)
{
    [Theory]
    [InlineData("instances: 0", "spec.instances", "greater than or equal to 1")]
    [InlineData("instances: 50", "spec.instances", "less than or equal to 9")]
    [InlineData("instnaces: 3", "spec.instnaces", "unknown field")]
    [InlineData("resources:\n  limits: {memory: \"99999999999999999999999999999999\"}", "spec.resources.limits.memory", "should match")]
    [InlineData("storage: {size: \"\u0661Gi\"}", "spec.storage.size", "should match")]
    public async Task The_API_refuses_what_the_schema_forbids(string line, string field, string why)
    {
        await using var cluster = Operator.NewCluster();
        var answer = await Operator.Kubectl.ApplyAsync(cluster.Yaml(line));
        Assert.False(answer.Succeeded);
        Assert.Contains(field, answer.Errors, StringComparison.Ordinal);
        Assert.Contains(why, answer.Errors, StringComparison.Ordinal);
        Assert.Empty(await cluster.Target.RemainingObjectsAsync(cluster.Name));
    }

    /// <summary>
    /// For every API server, because the embedded API evaluates the rules, too. Before 1.35 kube-apiserver shows the type of a value, later
    /// versions show a simple value.
    /// </summary>
    [Theory, Trait("Story", "EveryTarget")]
    [InlineData(
        "instances: 1\nreplication: {mode: Synchronous}",
        "spec.replication.mode: Invalid value",
        "Synchronous with durability Required needs a second instance: with one, no write would ever be acknowledged")]
    [InlineData(
        "database: {name: template1}", "spec.database.name: Invalid value", "PostgreSQL's own database; take another name, such as app")]
    [InlineData(
        "tls: {certificateLifetime: 59s}",
        "spec.tls.certificateLifetime: Invalid value",
        "must be a duration of at least a minute, such as 2160h")]
    [InlineData(
        "tls: {certificateLifetime: 99999999999h}",
        "spec.tls.certificateLifetime: Invalid value",
        "evaluating rule: must be a duration of at least a minute, such as 2160h")]
    [InlineData("postgres: {hba: [\"# a\\nlocal all all trust\"]}", "spec.postgres.hba[0]: Invalid value", "it must be one line")]
    [InlineData("resources: {limits: {disk: \"1\"}}", "spec.resources.limits: Invalid value", "takes cpu and memory only")]
    [InlineData(
        "resources: {limits: {memory: 4k}}",
        "spec.resources.limits: Invalid value",
        "memory: must be at least 10Mi: no server starts with less")]
    [InlineData(
        "resources: {requests: {cpu: \"0\"}}",
        "spec.resources.requests: Invalid value",
        "cpu: must be at least 1m: no server starts with less")]
    [InlineData(
        "replication: {mode: Never}",
        "<nil>: Invalid value",
        "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation")]
    public async Task Every_API_refuses_what_the_rules_of_the_definition_forbid_with_the_same_message(string spec, string field, string why)
    {
        var definition = await Operator.Kubectl.TextAsync("get", "crd", "cortexclusters.cortex.bicameral.dev", "-o", "json");
        Assert.SkipUnless(
            definition.Contains("\"fieldPath\"", StringComparison.Ordinal),
            "this Kubernetes is older than 1.28 and drops the rules of a definition, or the fields that they name; "
                + "tests/kubernetes/apiserver.sh has a newer one");
        await using var cluster = Operator.NewCluster();
        var answer = await Operator.Kubectl.ApplyAsync(cluster.Yaml(spec));

        Assert.False(answer.Succeeded);
        Assert.Contains(field, answer.Errors, StringComparison.Ordinal);
        Assert.Contains(why, answer.Errors, StringComparison.Ordinal);
        Assert.Empty(await cluster.Target.RemainingObjectsAsync(cluster.Name));
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_refused()
    {
        var name = Operator.NewCluster().Name.PadRight(41, 'x');
        await using var cluster = Operator.NewCluster(name);
        var answer = await Operator.Kubectl.ApplyAsync(cluster.Yaml());
        Assert.False(answer.Succeeded);
        Assert.Contains("metadata.name", answer.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("is invalid: <nil>", answer.Errors, StringComparison.Ordinal);
        Assert.Empty(await cluster.Target.RemainingObjectsAsync(name));
    }

    [Theory]
    [InlineData("postgres:\n  parameters: {ssl: \"off\"}", "spec.postgres.parameters")]
    [InlineData("postgres:\n  hba: [\"host all all 0.0.0.0/0 md5\"]", "spec.postgres.hba[0]")]
    [InlineData("postgres:\n  hba: [\"hostssl all all all scram-sha-256\", \"hostssl all all all trust\"]", "spec.postgres.hba[1]")]
    public async Task A_spec_that_would_weaken_a_cluster_is_refused_and_nothing_is_created(string spec, string field)
    {
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync(spec);
        await cluster.NotReadyAsync(Reasons.InvalidSpec, field);
        Assert.Empty(await cluster.Target.RemainingObjectsAsync(cluster.Name));
    }

    /// <summary>The refusal comes from the API if it evaluates the rules of the definition, otherwise from the operator.</summary>
    [Theory]
    [InlineData("podman:\n  bindAddress: 0.0.0.0\n  basePort: 5433", "bindAddress")]
    [InlineData("database: {owner: public}", "owner")]
    public async Task A_spec_that_can_never_run_is_refused_before_anything_is_created(string spec, string field)
    {
        await using var cluster = Operator.NewCluster();
        var answer = await Operator.Kubectl.ApplyAsync(cluster.Yaml(spec));
        if (answer.Succeeded)
        {
            await cluster.NotReadyAsync(Reasons.InvalidSpec, field);
        }
        else
        {
            Assert.Contains(field, answer.Errors, StringComparison.Ordinal);
        }

        Assert.Empty(await cluster.Target.RemainingObjectsAsync(cluster.Name));
    }

    [Fact]
    public async Task Existing_secrets_of_other_owners_are_neither_used_nor_removed()
    {
        await using var cluster = Operator.NewCluster();
        var file = Path.GetTempFileName();
        var secrets = new[] { $"{cluster.Name}-ca", $"{cluster.Name}-app" };
        try
        {
            await File.WriteAllTextAsync(file, "of another owner", TestContext.Current.CancellationToken);
            foreach (var secret in secrets)
            {
                await Podman.TextAsync("secret", "create", secret, file);
            }

            var before = await SecretsAsync(cluster.Name);
            await cluster.ApplyAsync();
            await cluster.NotReadyAsync(Reasons.Conflict, [.. secrets.Select(secret => $"secret {secret} belongs to ")]);
            await cluster.DeleteAsync();

            Assert.Equal(2, before.Count);
            Assert.Equal(before, await SecretsAsync(cluster.Name));
        }
        finally
        {
            File.Delete(file);
            await Podman.RunAsync(["secret", "rm", .. secrets]);
        }
    }

    private static async Task<IReadOnlyList<string>> SecretsAsync(string cluster) =>
        [.. (await Podman.LinesAsync("secret", "ls", "--format", "{{.Name}} {{.ID}}", "--filter", $"name={cluster}")).Order()];

    [Fact]
    public async Task A_missing_image_is_reported()
    {
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync("image: localhost/cortex-e2e-nowhere:1");
        await cluster.NotReadyAsync(Reasons.ImageUnusable, "spec.image", "localhost/cortex-e2e-nowhere:1");
        foreach (var kind in new[] { "pod", "volume", "secret", "network" })
        {
            Assert.Empty(await cluster.Target.NamesAsync(kind, cluster.Name));
        }
    }

    [Fact]
    public async Task An_image_without_PostgreSQL_is_reported()
    {
        const string image = "localhost/cortex-e2e-empty:1";
        var archive = Path.Combine(Operator.ClientDirectory, "empty.tar");
        (await Tool.RunAsync("tar", ["-cf", archive, "-C", Repository.Root, "README.md"])).Text();
        await Podman.TextAsync("import", "--quiet", archive, image);
        try
        {
            await using var cluster = Operator.NewCluster();
            await cluster.ApplyAsync($"image: {image}");
            await cluster.NotReadyAsync(Reasons.ImageUnusable, "spec.image", image);
            Assert.Empty(await cluster.Target.NamesAsync("pod", cluster.Name));
        }
        finally
        {
            await Podman.TextAsync("rmi", "-f", image);
        }
    }

    [Fact]
    public async Task A_port_in_use_is_reported_and_the_cluster_starts_when_it_is_free()
    {
        await using var cluster = Operator.NewCluster();
        using (var holder = new TcpListener(IPAddress.Loopback, cluster.BasePort))
        {
            holder.Start();
            await cluster.ApplyAsync();
            await cluster.UntilAsync(
                "the port is reported",
                now => Cluster.Condition(now.Status, ConditionTypes.Progressing) is { Reason: Reasons.ActionFailed } failed
                    && failed.Message.Contains($"{cluster.BasePort}", StringComparison.Ordinal));
        }

        await cluster.ReadyAsync();
    }

    [Theory, InlineData("volume"), InlineData("pod"), InlineData("network")]
    public async Task Objects_of_other_owners_with_the_names_of_a_cluster_are_not_changed(string kind)
    {
        await using var cluster = Operator.NewCluster();
        var (name, make, look) = kind switch
        {
            "volume" =>
                ($"{cluster.Primary}-data", new[] { "volume", "create" }, new[] { "volume", "inspect", "--format", "{{.CreatedAt}}" }),
            "pod" => (cluster.Primary, ["pod", "create", "--name"], ["pod", "inspect", "--format", "{{.ID}}"]),
            _ => ($"{cluster.Name}-net", ["network", "create"], ["network", "inspect", "--format", "{{.ID}}"]),
        };
        await Podman.TextAsync([.. make, name]);
        var before = await Podman.TextAsync([.. look, name]);

        await cluster.ApplyAsync();
        await cluster.NotReadyAsync(Reasons.Conflict, $"{kind} {name}");
        (await Operator.Kubectl.RunAsync("delete", "cortexcluster", cluster.Name, "--timeout", "60s")).Text();

        Assert.Equal(before, await Podman.TextAsync([.. look, name]));
    }
}
