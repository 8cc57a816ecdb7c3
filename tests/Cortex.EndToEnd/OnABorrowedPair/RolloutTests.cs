using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Edits of a running cluster's configuration and image.</summary>
public sealed class RolloutTests(Stage stage) : BorrowedPair(stage)
{
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task A_parameter_that_needs_a_reload_restarts_nobody_and_one_that_needs_more_is_rolled_without_losing_a_row()
    {
        var cluster = Cluster;
        var access = Access;
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        var started = await StartsAsync(cluster, access);

        await SetAsync(cluster, "work_mem", "9MB");
        await ShowsAsync(cluster, access, "work_mem", "9MB");
        Assert.Equal(started, await StartsAsync(cluster, access));

        await using var watch = await WriterWatch.StartAsync(cluster);
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.StoryAsync);
        await SetAsync(cluster, "max_connections", "123");
        var status = await cluster.RestsAsync();

        await ShowsAsync(cluster, access, "max_connections", "123");
        Assert.Equal((cluster.Standby, PromotionCause.Update, 0L), (status.Primary, status.LastPromotion?.Cause, status.LastPromotion?.LostBytes));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);

        // Smaller than what the standby has: it could not follow, so the primary goes first, in place.
        await cluster.PatchAsync("""{"spec":{"primaryUpdate":"Restart","postgres":{"parameters":{"max_connections":"90"}}}}""");
        Assert.Equal(cluster.Standby, (await cluster.RestsAsync()).Primary);
        await ShowsAsync(cluster, access, "max_connections", "90");
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await appender.DemandAllAsync(access.Dsn);
    }

    /// <summary>Its primary had more at the point up to which it has replayed, and with less a standby does not start.</summary>
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task A_standby_that_was_away_while_a_limit_became_smaller_comes_back()
    {
        await Cluster.Place.HangAsync(Cluster.Standby);
        await Cluster.PatchAsync("""{"spec":{"primaryUpdate":"Restart","postgres":{"parameters":{"max_connections":"90"}}}}""");
        await Eventually.HoldsAsync(
            "the primary has the smaller limit",
            async () => (await Psql.RunAsync(Access.DsnOf(Cluster.Primary), "show max_connections")).Output.Trim() == "90",
            Cluster.StoryAsync);

        await Cluster.Place.KillServerAsync(Cluster.Standby);
        Assert.Equal(Cluster.Primary, (await Cluster.RestsAsync()).Primary);
        await ShowsAsync(Cluster, Access, "max_connections", "90");
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task An_update_with_which_no_server_starts_restarts_nobody_and_the_old_value_heals_it()
    {
        var cluster = Cluster;
        var access = Access;
        var started = await StartsAsync(cluster, access);

        await SetAsync(cluster, "shared_preload_libraries", "nowhere");
        await cluster.NotReadyAsync(
            Reasons.ConfigurationRefused, "spec.postgres.parameters.shared_preload_libraries: \"nowhere\": PostgreSQL says: could not access file \"nowhere\"");
        // By its own address: one that starts and ends all the time may close a connection in the middle of the handshake, and then libpq tries no other.
        Assert.Equal("1", await Psql.TextAsync(access.DsnOf(cluster.Primary), "create table serves_on (a int); insert into serves_on values (1) returning a"));

        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"shared_preload_libraries":null}}}}""");
        await cluster.RestsAsync();
        await ShowsAsync(cluster, access, "shared_preload_libraries", "");
        Assert.Equal(started, await StartsAsync(cluster, access));
    }

    /// <summary>A server of its own on an empty database takes it: it has no slots. The standby, which has too many, cannot start.</summary>
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task A_change_with_which_a_standby_does_not_come_up_stops_there_also_with_a_lowered_limit_and_a_corrected_spec_heals_it()
    {
        var (cluster, access) = (Cluster, Access);
        var standby = access.DsnOf(cluster.Standby, "user=postgres");
        await Psql.TextAsync(standby, "select count(pg_create_physical_replication_slot('of_a_user_' || n)) from generate_series(1, 3) n");
        var before = await InForceAsync();

        await cluster.PatchAsync("""{"spec":{"primaryUpdate":"Restart","postgres":{"parameters":{"max_connections":"90","max_replication_slots":"3"}}}}""");
        await cluster.UntilAsync(
            "it is said why the standby does not come up",
            now => Cluster.Condition(now.Status, ConditionTypes.Progressing)?.Message.Contains("last said: FATAL: too many replication slots active before shutdown", StringComparison.Ordinal) == true);
        await cluster.NotReadyAsync(Reasons.InstancesMissing, cluster.Standby);
        Assert.Equal(before, await InForceAsync());
        // By its own address: one that starts and ends all the time may close a connection in the middle of the handshake, and then libpq tries no other.
        Assert.Equal("1", await Psql.TextAsync(access.DsnOf(cluster.Primary), "create table serves_on (a int); insert into serves_on values (1) returning a"));

        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"max_replication_slots":null}}}}""");
        Assert.Equal(cluster.Primary, (await cluster.RestsAsync()).Primary);
        await ShowsAsync(cluster, access, "max_connections", "90");
        await ShowsAsync(cluster, access, "max_replication_slots", "10");
        await Psql.TextAsync(standby, "select count(pg_drop_replication_slot('of_a_user_' || n)) from generate_series(1, 3) n");

        Task<string> InForceAsync() => Psql.TextAsync(
            access.DsnOf(cluster.Primary), "select pg_postmaster_start_time(), current_setting('max_connections'), current_setting('max_replication_slots')");
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Another_image_makes_new_pods_without_losing_a_row_and_another_major_version_is_refused()
    {
        var cluster = Cluster;
        var access = Access;
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var other = await HeavyWork.DoAsync(() => OtherImage.MakeAsync(cluster.Name));
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.StoryAsync);

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{other.Name}}}"}}""");
        await cluster.RestsAsync();
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        Assert.Equal([other.Name, other.Name], await ImagesAsync(cluster));

        await RefuseVersion15Async(cluster);
        Assert.Equal([other.Name, other.Name], await ImagesAsync(cluster));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        await appender.DemandAllAsync(access.Dsn);
    }

    internal static async Task RefuseVersion15Async(Cluster cluster)
    {
        await Podman.NeedImageAsync(Machine.Postgres15Image, "bookworm");
        await Place.Here.ReceiveImageAsync(Machine.Postgres15Image);
        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{Machine.Postgres15Image}}}"}}""");
        await cluster.UntilAsync("the image is refused", now => Cluster.Condition(now.Status, ConditionTypes.Ready)?.Reason == Reasons.MajorVersionChange);
    }

    internal static Task SetAsync(Cluster cluster, string parameter, string value) =>
        cluster.PatchAsync($$$"""{"spec":{"postgres":{"parameters":{"{{{parameter}}}":"{{{value}}}"} } } }""");

    internal static async Task ShowsAsync(Cluster cluster, Access access, string parameter, string value)
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

    internal static async Task<IReadOnlyList<string>> ImagesAsync(Cluster cluster) =>
        [await cluster.Place.ImageOfAsync(cluster.Primary), await cluster.Place.ImageOfAsync(cluster.Standby)];

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
