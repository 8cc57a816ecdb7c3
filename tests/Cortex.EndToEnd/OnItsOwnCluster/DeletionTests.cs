using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>
/// What is removed with the resource, and what remains. Every test asserts at its end that a cluster with deletionPolicy Delete leaves
/// nothing.
/// </summary>
[Trait("Story", "EveryPodman")]
[Trait("Story", "EveryTarget")]
public sealed class DeletionTests(SharedClusters shared) : OwnCluster(shared)
{
    [Fact]
    public async Task Only_retained_volumes_remain_and_a_new_cluster_with_the_name_adopts_them()
    {
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync(policy: "Retain");
        await cluster.ReadyAsync();
        var before = await cluster.RenewAccessAsync();
        await Psql.TextAsync(before.Dsn, "create table kept (number int); insert into kept values (42)");

        await cluster.DeleteAsync();
        Assert.Equal(
            [$"volume {cluster.Primary}-data", $"volume {cluster.Standby}-data"],
            (await cluster.Target.RemainingObjectsAsync(cluster.Name)).Order());

        await cluster.ApplyAsync();
        await cluster.ReadyAsync();
        var after = await cluster.RenewAccessAsync();
        Assert.NotEqual(before.Password, after.Password);
        Assert.Equal("42", await Psql.TextAsync(after.Dsn, "select number from kept"));
        var old = after.Write("old", $"*:*:*:app:{before.Password}\n");
        var refused = await Psql.RunAsync($"{after.Dsn} passfile={old}", "select 1");
        Assert.Contains("password authentication failed", refused.Errors, StringComparison.Ordinal);
    }

    [Theory, InlineData("initialises"), InlineData("a standby of")]
    public async Task A_cluster_that_is_deleted_during_its_creation_leaves_nothing(string step)
    {
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync();
        await Eventually.HoldsAsync(
            $"the operator logs the step: {step}",
            () =>
                Operator.Log.Split('\n').Any(
                    line => line.Contains($"{cluster.Target.Namespace}/{cluster.Name} ", StringComparison.Ordinal)
                        && line.Contains(step, StringComparison.Ordinal)),
            cluster.DescribeAsync);
        await cluster.DeleteAsync();
        Assert.Empty(await cluster.Target.RemainingObjectsAsync(cluster.Name));
    }
}
