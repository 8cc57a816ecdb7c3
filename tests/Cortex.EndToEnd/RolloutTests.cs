using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>Edits of a running cluster's configuration and image.</summary>
[Trait("Tier", "podman")]
public sealed class RolloutTests(RunningOperator running) : IClassFixture<RunningOperator>
{
    [Fact, Trait("Story", "EveryTarget")]
    public async Task A_parameter_that_needs_a_reload_restarts_nobody_and_one_that_needs_more_is_rolled_without_losing_a_row()
    {
        await using var cluster = await running.Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        var started = await StartsAsync(cluster, access);

        await SetAsync(cluster, "work_mem", "9MB");
        await ShowsAsync(cluster, access, "work_mem", "9MB");
        Assert.Equal(started, await StartsAsync(cluster, access));

        await using var watch = await WriterWatch.StartAsync(cluster);
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.StoryAsync);
        await SetAsync(cluster, "max_connections", "123");
        var status = await RolledAsync(cluster);

        await ShowsAsync(cluster, access, "max_connections", "123");
        Assert.Equal((cluster.Standby, PromotionCause.Update, 0L), (status.Primary, status.LastPromotion?.Cause, status.LastPromotion?.LostBytes));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);

        // Smaller than what the standby has: it could not follow, so the primary goes first, in place.
        await cluster.PatchAsync("""{"spec":{"primaryUpdate":"Restart","postgres":{"parameters":{"max_connections":"90"}}}}""");
        Assert.Equal(cluster.Standby, (await RolledAsync(cluster)).Primary);
        await ShowsAsync(cluster, access, "max_connections", "90");
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await appender.DemandAllAsync(access.Dsn);
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task An_update_that_a_standby_does_not_survive_stops_there_and_the_old_value_heals_it()
    {
        await using var cluster = await running.Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        var (primary, _) = await StartsAsync(cluster, access);

        await SetAsync(cluster, "shared_preload_libraries", "nowhere");
        var status = await cluster.UntilAsync(
            "status says who does not start, and why",
            now => Cluster.Condition(now.Status, ConditionTypes.Progressing)?.Message is { } said
                && said.Contains(cluster.Standby, StringComparison.Ordinal) && said.Contains("FATAL: could not access file", StringComparison.Ordinal));
        Assert.Equal("shared_preload_libraries waits for a restart", status.Instances.Single(one => one.Name == cluster.Primary).Outdated);
        Assert.Equal(primary, await StartAsync(access.DsnOf(cluster.Primary)));
        Assert.Equal("1", await Psql.TextAsync(access.Dsn, "create table serves_on (a int); insert into serves_on values (1) returning a"));

        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"shared_preload_libraries":null}}}}""");
        await RolledAsync(cluster);
        await ShowsAsync(cluster, access, "shared_preload_libraries", "");
        Assert.Equal(primary, await StartAsync(access.DsnOf(cluster.Primary)));
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Another_image_makes_new_pods_without_losing_a_row_and_another_major_version_is_refused()
    {
        await using var cluster = await running.Operator.CreateAsync();
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var other = await OtherImage.MakeAsync(cluster.Name);
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.StoryAsync);

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{other.Name}}}"}}""");
        await RolledAsync(cluster);
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        Assert.Equal([other.Name, other.Name], await ImagesAsync(cluster));

        await RefuseVersion15Async(cluster);
        Assert.Equal([other.Name, other.Name], await ImagesAsync(cluster));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        await appender.DemandAllAsync(access.Dsn);
    }

    [Fact]
    public async Task Who_was_stopped_is_started_as_it_was_made_when_the_image_is_refused_and_other_ports_make_new_pods()
    {
        await using var cluster = await running.Operator.CreateAsync();
        await Psql.TextAsync((await cluster.AccessAsync()).Dsn, "create table kept (number int); insert into kept values (42)");
        var made = await ImagesAsync(cluster);
        await RefuseVersion15Async(cluster);
        await Podman.TextAsync("stop", "-t", "5", $"{cluster.Primary}-postgres");
        await Eventually.HoldsAsync(
            "who was stopped is started as it was made",
            async () => await Podman.TextAsync("inspect", "--format", "{{.State.Status}}", $"{cluster.Primary}-postgres") == "running",
            cluster.StoryAsync);
        Assert.Equal(made, await ImagesAsync(cluster));

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{Machine.Image}}}","podman":{"basePort":{{{cluster.BasePort + 2}}} } } }""");
        Assert.Equal(cluster.Standby, (await RolledAsync(cluster)).Primary);
        await using var moved = new Cluster(running.Operator, cluster.Name, cluster.BasePort + 2);
        Assert.Equal("42", await Psql.TextAsync((await moved.AccessAsync()).Dsn, "select number from kept where not pg_is_in_recovery()"));
    }

    private static async Task RefuseVersion15Async(Cluster cluster)
    {
        await Machine.NeedImageAsync(Machine.Postgres15Image, "bookworm");
        await Place.Here.ReceiveImageAsync(Machine.Postgres15Image);
        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{Machine.Postgres15Image}}}"}}""");
        await cluster.UntilAsync("the image is refused", now => Cluster.Condition(now.Status, ConditionTypes.Ready)?.Reason == Reasons.MajorVersionChange);
    }

    private static Task SetAsync(Cluster cluster, string parameter, string value) =>
        cluster.PatchAsync($$$"""{"spec":{"postgres":{"parameters":{"{{{parameter}}}":"{{{value}}}"} } } }""");

    /// <summary>Ready by the present spec, and nobody is still to be restarted.</summary>
    private static Task<ClusterStatus> RolledAsync(Cluster cluster) => cluster.UntilAsync(
        "the edit has come to everybody",
        now => now.Status is { } status && status.ObservedGeneration == now.Metadata.Generation && Cluster.Is(status, ConditionTypes.Ready, "True")
            && Cluster.Is(status, ConditionTypes.Progressing, "False") && status.Instances.All(one => one.Outdated is null));

    private static async Task ShowsAsync(Cluster cluster, Access access, string parameter, string value)
    {
        foreach (var one in new[] { cluster.Primary, cluster.Standby })
        {
            await Eventually.HoldsAsync(
                $"{one} has {parameter} = {value}",
                async () => (await Psql.RunAsync(access.DsnOf(one), $"show {parameter}")).Output.Trim() == value,
                cluster.StoryAsync);
        }
    }

    private static async Task<(string Primary, string Standby)> StartsAsync(Cluster cluster, Access access) =>
        (await StartAsync(access.DsnOf(cluster.Primary)), await StartAsync(access.DsnOf(cluster.Standby)));

    private static Task<string> StartAsync(string dsn) => Psql.TextAsync(dsn, "select pg_postmaster_start_time()");

    private static async Task<IReadOnlyList<string>> ImagesAsync(Cluster cluster) =>
        [await Place.Here.ImageOfAsync(cluster.Primary), await Place.Here.ImageOfAsync(cluster.Standby)];

    /// <summary>The image of all stories under another id: one more layer with nothing of ours in it.</summary>
    private sealed class OtherImage(string name) : IAsyncDisposable
    {
        public string Name => name;

        public static async Task<OtherImage> MakeAsync(string story)
        {
            var (name, maker) = ($"localhost/{story}-image:17", $"{story}-maker");
            await Podman.TextAsync("create", "--name", maker, Machine.Image, "true");
            await Podman.TextAsync("commit", "--quiet", "--change", $"LABEL story={story}", maker, name);
            await Podman.TextAsync("rm", maker);
            await Place.Here.ReceiveImageAsync(name);
            return new OtherImage(name);
        }

        public async ValueTask DisposeAsync() => await Podman.TextAsync("rmi", "--force", name);
    }
}
