using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Pods that are made anew on other ports, beside an image that is refused.</summary>
public sealed class OtherPortsTests(Stage stage) : OwnCluster(stage)
{
    [Fact]
    public async Task Who_was_stopped_is_started_as_it_was_made_when_the_image_is_refused_and_other_ports_make_new_pods()
    {
        await using var cluster = await Operator.CreateAsync();
        await Psql.TextAsync((await cluster.AccessAsync()).Dsn, "create table kept (number int); insert into kept values (42)");
        var made = await RolloutTests.ImagesAsync(cluster);
        await RolloutTests.RefuseVersion15Async(cluster);
        await Podman.TextAsync("stop", "-t", "5", $"{cluster.Primary}-postgres");
        await Eventually.HoldsAsync(
            "who was stopped is started as it was made",
            async () => await Podman.TextAsync("inspect", "--format", "{{.State.Status}}", $"{cluster.Primary}-postgres") == "running",
            cluster.StoryAsync);
        Assert.Equal(made, await RolloutTests.ImagesAsync(cluster));

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{Machine.Image}}}","podman":{"basePort":{{{cluster.BasePort + 2}}} } } }""");
        Assert.Equal(cluster.Standby, (await cluster.RestsAsync()).Primary);
        await using var moved = new Cluster(Operator, cluster.Name, cluster.BasePort + 2);
        Assert.Equal("42", await Psql.TextAsync((await moved.AccessAsync()).Dsn, "select number from kept where not pg_is_in_recovery()"));
    }
}
