using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A base backup of a large database takes hours; in these tests it is paused until the test continues it.</summary>
[Trait("Tier", "podman")]
public sealed class LongCopyTests
{
    private const string CopiesOnTheirWay = "select count(*) from pg_stat_progress_basebackup where backup_streamed > 100000000";

    [Fact]
    public async Task A_base_backup_continues_while_the_operator_is_killed_and_the_spec_is_edited()
    {
        await using var cortex = await OperatorUnderTest.StartAsync();
        // The primary ends the connection of a copy that is paused for longer.
        await using var cluster = await cortex.CreateAsync("postgres: {parameters: {wal_sender_timeout: 10min}}");
        var access = await cluster.AccessAsync();
        await cluster.PatchAsync("""{"spec":{"instances":3}}""");
        var copy = await PausedAsync(cluster, 2);
        var before = await IdAsync(copy);

        cortex.Kill();
        await cortex.WaitForExitAsync();
        await cortex.StartAgainAsync();
        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"work_mem":"5MB"}}}}""");

        await Eventually.HoldsAsync(
            "the edit is loaded", async () => await Psql.TextAsync(access.Dsn, "show work_mem") == "5MB", cluster.DescribeAsync);
        await cluster.UntilAsync(
            "the status shows the joining instance",
            now => now.Status?.Instances.Any(
                instance => instance.Name == $"{cluster.Name}-s2" && instance.State == InstanceStates.Joining) == true);
        Assert.Equal(before, await IdAsync(copy));
        await Podman.TextAsync("unpause", copy);
        await cluster.ReadyAsync();
        Assert.Single(cortex.Log.Split('\n'), line => line.Contains($"makes {cluster.Name}-s2 a standby", StringComparison.Ordinal));
    }

    /// <summary>A file without content makes the copy long, and nothing else.</summary>
    [Fact]
    public async Task The_status_shows_the_progress_of_a_copy()
    {
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = await cortex.CreateAsync("instances: 1");
        var superuser = (await cluster.AccessAsync()).DsnOf(cluster.Primary, "user=postgres");
        await Podman.TextAsync("exec", Names.Container(cluster.Primary), "truncate", "-s", "16G", $"{Paths.Data}/filler");
        await cluster.PatchAsync("""{"spec":{"instances":2}}""");
        var copy = await PausedAsync(cluster, 1);
        await Eventually.HoldsAsync(
            "the copy is on its way",
            async () =>
            {
                // A container that is just writing cannot be frozen at every moment.
                await Podman.RunAsync("unpause", copy);
                return (await Podman.RunAsync("pause", copy)).Succeeded && await Psql.TextAsync(superuser, CopiesOnTheirWay) == "1";
            },
            cluster.DescribeAsync);

        var progress = await Eventually.GetAsync(
            "the status shows the progress", async () => await ProgressAsync(cluster), cluster.DescribeAsync);
        Assert.Matches("^[0-9]+[.][0-9] of 17[.][0-9] GB copied$", progress);
        Assert.Matches("Joining, [0-9]+[.][0-9] of 17[.][0-9] GB copied", (await cortex.CommandAsync("", "status", cluster.Name)).Said);

        await cluster.PatchAsync("""{"spec":{"instances":1}}""");
        await Eventually.HoldsAsync(
            "the copy is ended", async () => !(await Podman.RunAsync("container", "exists", copy)).Succeeded, cluster.DescribeAsync);
        await cluster.ReadyAsync();
    }

    [Fact]
    public async Task The_base_backup_of_an_instance_that_is_no_longer_wanted_is_ended()
    {
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = await cortex.CreateAsync();
        await cluster.PatchAsync("""{"spec":{"instances":3}}""");
        var copy = await PausedAsync(cluster, 2);

        await cluster.PatchAsync("""{"spec":{"instances":2}}""");

        await Eventually.HoldsAsync(
            "the base backup is ended", async () => !(await Podman.RunAsync("container", "exists", copy)).Succeeded, cluster.DescribeAsync);
        await cluster.ReadyAsync();
        Assert.False((await Podman.RunAsync("volume", "exists", Names.Volume($"{cluster.Name}-s2"))).Succeeded);
    }

    [Theory, InlineData(3)]
    public Task A_promotion_does_not_wait_for_the_base_backups_of_other_clusters(int others) => PromoteDuringBaseBackupsAsync(others);

    [Theory, InlineData(20), Trait("Level", "deep")]
    public Task A_promotion_does_not_wait_for_the_base_backups_of_many_clusters(int others) => PromoteDuringBaseBackupsAsync(others);

    private static async Task PromoteDuringBaseBackupsAsync(int others)
    {
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = await cortex.CreateAsync();
        List<string> copies = [];
        for (var count = 0; count < others; count++)
        {
            var other = cortex.NewCluster();
            await other.ApplyAsync();
            copies.Add(await PausedAsync(other, 1));
        }

        await cluster.PromoteAsync(cluster.Standby);

        await cluster.PromotedAsync(cluster.Standby);
        foreach (var copy in copies)
        {
            Assert.Equal("paused", await Podman.TextAsync("inspect", "--format", "{{.State.Status}}", copy));
            await Podman.TextAsync("unpause", copy);
        }
    }

    private static async Task<string?> ProgressAsync(Cluster cluster) =>
        (await cluster.StatusAsync()).Instances.FirstOrDefault(instance => instance.Name == cluster.Standby)?.Progress is { } progress
        && progress.EndsWith("GB copied", StringComparison.Ordinal) ? progress : null;

    private static async Task<string> PausedAsync(Cluster cluster, int index)
    {
        var copy = Names.OneShot(Names.Instance(cluster.Name, index));
        await Eventually.HoldsAsync(
            "the base backup is paused", async () => (await Podman.RunAsync("pause", copy)).Succeeded, cluster.DescribeAsync);
        return copy;
    }

    private static Task<string> IdAsync(string container) => Podman.TextAsync("inspect", "--format", "{{.Id}}", container);
}
