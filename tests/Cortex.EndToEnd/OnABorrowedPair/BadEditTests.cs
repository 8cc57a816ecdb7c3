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
