using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>What cannot be is refused with the field and the reason, and the cluster that runs serves on.</summary>
public sealed class BadEditTests(Stage stage) : BorrowedPair(stage)
{
    [Fact]
    public async Task A_running_cluster_serves_on_under_a_bad_edit()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"ssl":"off"}}}}""");
        await cluster.NotReadyAsync(Reasons.InvalidSpec, "spec.postgres.parameters");
        Assert.Equal("f", await Psql.TextAsync(access.Dsn, "select pg_is_in_recovery()"));
        await cluster.PatchAsync("""{"spec":{"postgres":null}}""");
        await cluster.ReadyAsync();
    }

    /// <summary>The validation takes them and PostgreSQL does not: the servers keep what they have, and come up with it again.</summary>
    [Theory]
    [InlineData("""{"parameters":{"timezone":"Mars/Olympus"}}""", "spec.postgres.parameters.timezone: \"Mars/Olympus\": PostgreSQL says: invalid value")]
    [InlineData("""{"parameters":{"max_connections":"3"}}""", "spec.postgres.parameters.max_connections: \"3\": PostgreSQL says: ")]
    [InlineData("""{"hba":["hostssl all all [::1]:80/128 scram-sha-256"]}""", "spec.postgres.hba[0]: \"hostssl all all [::1]:80/128 scram-sha-256\": PostgreSQL says: ")]
    [Trait("Story", "EveryTarget")]
    public async Task What_PostgreSQL_refuses_is_written_nowhere_and_a_restart_comes_up_with_the_old(string edit, string words)
    {
        var before = await Psql.TextAsync(Access.DsnOf(Cluster.Primary, "user=postgres"), "show cortex.revision");
        await Cluster.PatchAsync($$$"""{"spec":{"postgres":{{{edit}}}}}""");
        await Cluster.NotReadyAsync(Reasons.ConfigurationRefused, words);

        await Cluster.Place.KillServerAsync(Cluster.Primary);
        await Eventually.HoldsAsync(
            "the primary is up again with the configuration that it had",
            async () => (await Psql.RunAsync(Access.DsnOf(Cluster.Primary, "user=postgres"), "show cortex.revision")).Output.Trim() == before,
            Cluster.StoryAsync);

        await Cluster.PatchAsync("""{"spec":{"postgres":null}}""");
        await Cluster.ReadyAsync();
    }

    [Fact]
    public async Task A_namesake_in_another_namespace_is_refused_and_its_deletion_harms_nothing()
    {
        var (cluster, access) = (Cluster, Access);
        var secrets = await SecretsAsync(cluster);
        var kubectl = Operator.Kubectl;
        await kubectl.RunAsync("create", "namespace", "elsewhere");
        (await kubectl.ApplyAsync(cluster.Yaml().Replace("metadata:", "metadata:\n  namespace: elsewhere", StringComparison.Ordinal))).Text();
        try
        {
            await Eventually.HoldsAsync(
                "the namesake is told whose the name is",
                async () => (await ConditionsAsync("elsewhere", cluster.Name)).Contains($"belongs to the cluster default/{cluster.Name}", StringComparison.Ordinal),
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
        string.Join('\n', (await Podman.LinesAsync("secret", "ls", "--format", "{{.Name}} {{.ID}}", "--filter", $"name={cluster.Name}")).Order());

    private async Task<string> ConditionsAsync(string space, string name) =>
        (await Operator.Kubectl.RunAsync("get", "cortexcluster", name, "-n", space, "-o", "jsonpath={.status.conditions}")).Said;
}
