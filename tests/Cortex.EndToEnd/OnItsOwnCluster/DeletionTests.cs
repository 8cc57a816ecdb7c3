using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>What goes with the resource, and what stays. That a cluster with deletionPolicy Delete leaves nothing is demanded at the end of every story.</summary>
[Trait("Story", "EveryPodman")]
[Trait("Story", "EveryTarget")]
public sealed class DeletionTests(Stage stage) : OwnCluster(stage)
{
    [Fact]
    public async Task Retained_volumes_are_all_that_stays_and_a_new_cluster_of_the_name_takes_them_up()
    {
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync(policy: "Retain");
        await cluster.ReadyAsync();
        var before = await Access.OfAsync(cluster);
        await Psql.TextAsync(before.Dsn, "create table kept (number int); insert into kept values (42)");

        await cluster.DeleteAsync();
        Assert.Equal([$"volume {cluster.Primary}-data", $"volume {cluster.Standby}-data"], (await cluster.Place.LeftOfAsync(cluster.Name)).Order());

        await cluster.ApplyAsync();
        await cluster.ReadyAsync();
        var after = await Access.OfAsync(cluster);
        Assert.NotEqual(before.Password, after.Password);
        Assert.Equal("42", await Psql.TextAsync(after.Dsn, "select number from kept"));
        var old = after.Write("old", $"*:*:*:app:{before.Password}\n");
        var refused = await Psql.RunAsync($"{after.Dsn} passfile={old}", "select 1");
        Assert.Contains("password authentication failed", refused.Errors, StringComparison.Ordinal);
    }

    [Theory, InlineData("initialises"), InlineData("a standby of")]
    public async Task A_cluster_that_is_deleted_while_it_is_made_leaves_nothing(string step)
    {
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync();
        await Eventually.HoldsAsync(
            $"the operator does this: {step}",
            () => Operator.Log.Split('\n').Any(line => line.Contains($"{cluster.Place.Namespace}/{cluster.Name} ", StringComparison.Ordinal) && line.Contains(step, StringComparison.Ordinal)),
            cluster.StoryAsync);
        await cluster.DeleteAsync();
        Assert.Empty(await cluster.Place.LeftOfAsync(cluster.Name));
    }
}
