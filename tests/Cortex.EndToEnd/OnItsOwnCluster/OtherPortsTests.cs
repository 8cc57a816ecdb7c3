using Cortex.EndToEnd.Harness;
using Cortex.EndToEnd.OnABorrowedPair;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Pods are recreated with other ports while an image is refused.</summary>
public sealed class OtherPortsTests(SharedClusters shared) : OwnCluster(shared)
{
    [Fact]
    public async Task A_stopped_instance_keeps_its_image_if_the_new_image_is_refused_and_new_ports_recreate_the_pods()
    {
        await using var cluster = await Operator.CreateAsync();
        await Psql.TextAsync((await cluster.AccessAsync()).Dsn, "create table kept (number int); insert into kept values (42)");
        var made = await RolloutTests.ImagesAsync(cluster);
        await RolloutTests.RefuseVersion15Async(cluster);
        await Podman.TextAsync("stop", "-t", "5", $"{cluster.Primary}-postgres");
        await Eventually.HoldsAsync(
            "the stopped instance is started with its former image",
            async () => await Podman.TextAsync("inspect", "--format", "{{.State.Status}}", $"{cluster.Primary}-postgres") == "running",
            cluster.DescribeAsync);
        Assert.Equal(made, await RolloutTests.ImagesAsync(cluster));

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{Machine.Image}}}","podman":{"basePort":{{{cluster.BasePort + 2}}} } } }""");
        Assert.Equal(cluster.Standby, (await cluster.SteadyAsync()).Primary);
        await using var moved = new Cluster(Operator, cluster.Name, cluster.BasePort + 2);
        Assert.Equal("42", await Psql.TextAsync((await moved.AccessAsync()).Dsn, "select number from kept where not pg_is_in_recovery()"));
    }
}
