using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Invalid edits are refused with the field and the reason, and the running cluster is not affected.</summary>
public sealed class BadEditTests(SharedClusters shared) : BorrowedPair(shared)
{
    [Fact]
    public async Task An_invalid_edit_does_not_interrupt_a_running_cluster()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"ssl":"off"}}}}""");
        await cluster.NotReadyAsync(Reasons.InvalidSpec, "spec.postgres.parameters");
        Assert.Equal("f", await Psql.TextAsync(access.Dsn, "select pg_is_in_recovery()"));
        await cluster.PatchAsync("""{"spec":{"postgres":null}}""");
        await cluster.ReadyAsync();
    }

    /// <summary>
    /// The validation accepts these edits and PostgreSQL does not: the servers keep their configuration, and restart with it.
    /// </summary>
    [Theory]
    [InlineData(
        """{"parameters":{"timezone":"Mars/Olympus"}}""",
        "spec.postgres.parameters.timezone: \"Mars/Olympus\": PostgreSQL says: invalid value")]
    [InlineData("""{"parameters":{"max_connections":"3"}}""", "spec.postgres.parameters.max_connections: \"3\": PostgreSQL says: ")]
    [InlineData(
        """{"hba":["hostssl all all [::1]:80/128 scram-sha-256"]}""",
        "spec.postgres.hba[0]: \"hostssl all all [::1]:80/128 scram-sha-256\": PostgreSQL says: ")]
    [Trait("Story", "EveryTarget")]
    public async Task A_setting_that_PostgreSQL_refuses_is_not_written_and_a_restart_uses_the_old_configuration(string edit, string words)
    {
        var before = await Psql.TextAsync(Access.DsnOf(Cluster.Primary, "user=postgres"), "show cortex.revision");
        await Cluster.PatchAsync($$$"""{"spec":{"postgres":{{{edit}}}}}""");
        await Cluster.NotReadyAsync(Reasons.ConfigurationRefused, words);

        await Cluster.Target.KillServerAsync(Cluster.Primary);
        await Eventually.HoldsAsync(
            "the primary runs again with its former configuration",
            async () =>
                (await Psql.RunAsync(Access.DsnOf(Cluster.Primary, "user=postgres"), "show cortex.revision")).Output.Trim() == before,
            Cluster.DescribeAsync);

        await Cluster.PatchAsync("""{"spec":{"postgres":null}}""");
        await Cluster.ReadyAsync();
    }

    [Fact]
    public async Task A_cluster_with_the_same_name_in_another_namespace_is_refused_and_its_deletion_removes_nothing()
    {
        var (cluster, access) = (Cluster, Access);
        var secrets = await SecretsAsync(cluster);
        var kubectl = Operator.Kubectl;
        await kubectl.RunAsync("create", "namespace", "elsewhere");
        (await kubectl.ApplyAsync(
            cluster.Yaml().Replace("metadata:", "metadata:\n  namespace: elsewhere", StringComparison.Ordinal))).Text();
        try
        {
            await Eventually.HoldsAsync(
                "the status of the second cluster names the owner",
                async () =>
                    (await ConditionsAsync("elsewhere", cluster.Name)).Contains(
                        $"belongs to the cluster default/{cluster.Name}", StringComparison.Ordinal),
                async () => await ConditionsAsync("elsewhere", cluster.Name) + Operator.LogTail);
        }
        finally
        {
            (await kubectl.RunAsync("delete", "cortexcluster", cluster.Name, "-n", "elsewhere", "--timeout", "60s")).Text();
        }

        Assert.Equal(secrets, await SecretsAsync(cluster));
        Assert.Equal("f", await Psql.TextAsync(access.Dsn, "select pg_is_in_recovery()"));
    }

    private static async Task<string> SecretsAsync(Cluster cluster) =>
        string.Join(
            '\n', (await Podman.LinesAsync("secret", "ls", "--format", "{{.Name}} {{.ID}}", "--filter", $"name={cluster.Name}")).Order());

    private async Task<string> ConditionsAsync(string space, string name) =>
        (await Operator.Kubectl.RunAsync("get", "cortexcluster", name, "-n", space, "-o", "jsonpath={.status.conditions}")).Said;
}
