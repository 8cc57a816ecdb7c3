using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Edits of a running cluster's configuration and image.</summary>
public sealed class RolloutTests(SharedClusters shared) : BorrowedPair(shared)
{
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task A_reload_parameter_restarts_no_instance_and_a_restart_parameter_is_rolled_out_without_losing_a_row()
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
        await appender.AtLeastAsync(5, cluster.DescribeAsync);
        await SetAsync(cluster, "max_connections", "123");
        var status = await cluster.SteadyAsync();

        await ShowsAsync(cluster, access, "max_connections", "123");
        Assert.Equal(
            (cluster.Standby, PromotionCause.Update, 0L), (status.Primary, status.LastPromotion?.Cause, status.LastPromotion?.LostBytes));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.DescribeAsync);

        // The value is smaller than the standby's, and a standby with less than its primary does not start. So the primary is restarted
        // first, in place.
        await cluster.PatchAsync("""{"spec":{"primaryUpdate":"Restart","postgres":{"parameters":{"max_connections":"90"}}}}""");
        Assert.Equal(cluster.Standby, (await cluster.SteadyAsync()).Primary);
        await ShowsAsync(cluster, access, "max_connections", "90");
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.DescribeAsync);
        await watch.AssertWritersAsync(cluster.Primary, cluster.Standby);
        await appender.AssertAllPresentAsync(access.Dsn);
    }

    /// <summary>
    /// The primary had a higher value at the point that the standby has replayed, and a standby with a lower value does not start.
    /// </summary>
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task A_standby_that_was_down_while_a_limit_was_lowered_starts_again()
    {
        await Cluster.Target.HangAsync(Cluster.Standby);
        await Cluster.PatchAsync("""{"spec":{"primaryUpdate":"Restart","postgres":{"parameters":{"max_connections":"90"}}}}""");
        await Eventually.HoldsAsync(
            "the primary has the smaller limit",
            async () => (await Psql.RunAsync(Access.DsnOf(Cluster.Primary), "show max_connections")).Output.Trim() == "90",
            Cluster.DescribeAsync);

        await Cluster.Target.KillServerAsync(Cluster.Standby);
        Assert.Equal(Cluster.Primary, (await Cluster.SteadyAsync()).Primary);
        await ShowsAsync(Cluster, Access, "max_connections", "90");
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task An_edit_with_which_no_server_starts_restarts_no_instance_and_can_be_reverted()
    {
        var cluster = Cluster;
        var access = Access;
        var started = await StartsAsync(cluster, access);

        await SetAsync(cluster, "shared_preload_libraries", "nowhere");
        await cluster.NotReadyAsync(
            Reasons.ConfigurationRefused,
            "spec.postgres.parameters.shared_preload_libraries: \"nowhere\": PostgreSQL says: could not access file \"nowhere\"");
        // By the address of the instance: a server that repeatedly starts and ends may close a connection during the handshake, and then
        // libpq tries no other host.
        Assert.Equal(
            "1",
            await Psql.TextAsync(
                access.DsnOf(cluster.Primary), "create table still_writable (a int); insert into still_writable values (1) returning a"));

        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"shared_preload_libraries":null}}}}""");
        await cluster.SteadyAsync();
        await ShowsAsync(cluster, access, "shared_preload_libraries", "");
        Assert.Equal(started, await StartsAsync(cluster, access));
    }

    /// <summary>
    /// A temporary server on an empty database accepts the edit, because it has no slots. The standby has too many slots and cannot start.
    /// </summary>
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task A_rollout_stops_at_a_standby_that_does_not_start_and_continues_after_a_correction()
    {
        var (cluster, access) = (Cluster, Access);
        var standby = access.DsnOf(cluster.Standby, "user=postgres");
        await Psql.TextAsync(standby, "select count(pg_create_physical_replication_slot('of_a_user_' || n)) from generate_series(1, 3) n");
        var before = await InForceAsync();

        await cluster.PatchAsync(
            """{"spec":{"primaryUpdate":"Restart","postgres":{"parameters":{"max_connections":"90","max_replication_slots":"3"}}}}""");
        await cluster.UntilAsync(
            "the status shows why the standby does not start",
            now => Cluster.Condition(now.Status, ConditionTypes.Progressing)?.Message.Contains(
                "last said: FATAL: too many replication slots active before shutdown", StringComparison.Ordinal) == true);
        await cluster.NotReadyAsync(Reasons.InstancesMissing, cluster.Standby);
        Assert.Equal(before, await InForceAsync());
        // By the address of the instance: a server that repeatedly starts and ends may close a connection during the handshake, and then
        // libpq tries no other host.
        Assert.Equal(
            "1",
            await Psql.TextAsync(
                access.DsnOf(cluster.Primary), "create table still_writable (a int); insert into still_writable values (1) returning a"));

        await cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"max_replication_slots":null}}}}""");
        Assert.Equal(cluster.Primary, (await cluster.SteadyAsync()).Primary);
        await ShowsAsync(cluster, access, "max_connections", "90");
        await ShowsAsync(cluster, access, "max_replication_slots", "10");
        await Psql.TextAsync(standby, "select count(pg_drop_replication_slot('of_a_user_' || n)) from generate_series(1, 3) n");

        Task<string> InForceAsync() => Psql.TextAsync(
            access.DsnOf(cluster.Primary),
            "select pg_postmaster_start_time(), current_setting('max_connections'), current_setting('max_replication_slots')");
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Another_image_is_rolled_out_without_losing_a_row_and_another_major_version_is_refused()
    {
        var cluster = Cluster;
        var access = Access;
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var other = await HeavyWork.DoAsync(() => OtherImage.MakeAsync(cluster.Name));
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.DescribeAsync);

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{other.Name}}}"}}""");
        await cluster.SteadyAsync();
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.DescribeAsync);
        Assert.Equal([other.Name, other.Name], await ImagesAsync(cluster));

        await RefuseVersion15Async(cluster);
        Assert.Equal([other.Name, other.Name], await ImagesAsync(cluster));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.DescribeAsync);
        await appender.AssertAllPresentAsync(access.Dsn);
    }

    internal static async Task RefuseVersion15Async(Cluster cluster)
    {
        await Podman.EnsureImageAsync(Machine.Postgres15Image, "bookworm");
        await TestTargets.Current.LoadImageAsync(Machine.Postgres15Image);
        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{Machine.Postgres15Image}}}"}}""");
        await cluster.UntilAsync(
            "the image is refused", now => Cluster.Condition(now.Status, ConditionTypes.Ready)?.Reason == Reasons.MajorVersionChange);
    }

    internal static Task SetAsync(Cluster cluster, string parameter, string value) =>
        cluster.PatchAsync($$$"""{"spec":{"postgres":{"parameters":{"{{{parameter}}}":"{{{value}}}"} } } }""");

    internal static async Task ShowsAsync(Cluster cluster, Access access, string parameter, string value)
    {
        foreach (var instance in new[] { cluster.Primary, cluster.Standby })
        {
            await Eventually.HoldsAsync(
                $"{instance} has {parameter} = {value}",
                async () => (await Psql.RunAsync(access.DsnOf(instance), $"show {parameter}")).Output.Trim() == value,
                cluster.DescribeAsync);
        }
    }

    private static async Task<(string Primary, string Standby)> StartsAsync(Cluster cluster, Access access) =>
        (await StartAsync(access.DsnOf(cluster.Primary)), await StartAsync(access.DsnOf(cluster.Standby)));

    private static Task<string> StartAsync(string dsn) => Psql.TextAsync(dsn, "select pg_postmaster_start_time()");

    internal static async Task<IReadOnlyList<string>> ImagesAsync(Cluster cluster) =>
        [await cluster.Target.ImageOfAsync(cluster.Primary), await cluster.Target.ImageOfAsync(cluster.Standby)];

    /// <summary>The image of all tests with another id: it has one more layer without changes.</summary>
    private sealed class OtherImage(string name) : IAsyncDisposable
    {
        public string Name => name;

        public static async Task<OtherImage> MakeAsync(string prefix)
        {
            var (name, builder) = ($"localhost/{prefix}-image:17", $"{prefix}-builder");
            await Podman.TextAsync("create", "--name", builder, Machine.Image, "true");
            await Podman.TextAsync("commit", "--quiet", "--change", $"LABEL test={prefix}", builder, name);
            await Podman.TextAsync("rm", builder);
            await TestTargets.Current.LoadImageAsync(name);
            return new OtherImage(name);
        }

        public async ValueTask DisposeAsync() => await Podman.TextAsync("rmi", "--force", name);
    }
}
