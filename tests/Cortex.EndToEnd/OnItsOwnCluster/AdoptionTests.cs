using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A new resource adopts the volumes of an earlier one, or corrects a cluster that could not start.</summary>
[Trait("Story", "EveryTarget")]
public sealed class AdoptionTests(SharedClusters shared) : OwnCluster(shared)
{
    private const string Fill = "create table kept (number int); insert into kept values (42)";
    private const string Kept = "select number from kept";

    [Fact]
    public async Task The_former_primary_is_the_primary_again_although_the_new_resource_has_fewer_instances()
    {
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync(policy: "Retain");
        await cluster.ReadyAsync();
        await Psql.TextAsync((await cluster.RenewAccessAsync()).Dsn, Fill);
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.DeleteAsync();

        await cluster.ApplyAsync("instances: 1");
        await cluster.NotReadyAsync(Reasons.InvalidSpec, $"would exclude the primary {cluster.Standby}");
        Assert.Equal("42", await Psql.TextAsync((await cluster.RenewAccessAsync()).DsnOf(cluster.Standby), Kept));

        await cluster.PatchAsync("""{"spec":{"instances":2}}""");
        Assert.Equal(cluster.Standby, (await cluster.ReadyAsync()).Primary);
    }

    [Fact]
    public async Task Data_of_another_major_version_are_refused_until_the_image_has_that_version()
    {
        await Podman.EnsureImageAsync(Machine.Postgres15Image, "bookworm");
        await TestTargets.Current.LoadImageAsync(Machine.Postgres15Image);
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync($"image: {Machine.Postgres15Image}\ninstances: 1", "Retain");
        await cluster.ReadyAsync();
        await Psql.TextAsync((await cluster.RenewAccessAsync()).Dsn, Fill);
        await cluster.DeleteAsync();

        await cluster.ApplyAsync("instances: 1");
        await cluster.NotReadyAsync(Reasons.MajorVersionChange, "the data are those of PostgreSQL 15");
        Assert.Equal("", await cluster.Target.PodIdAsync(cluster.Primary));

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{Machine.Postgres15Image}}}"}}""");
        await cluster.ReadyAsync();
        Assert.Equal("42", await Psql.TextAsync((await cluster.RenewAccessAsync()).Dsn, Kept));
    }

    [Fact]
    public async Task A_first_server_that_does_not_start_gets_the_corrected_image()
    {
        await using var cluster = Operator.NewCluster();
        await using var other = await HeavyWork.DoAsync(() => ImageWithLibrary.MakeAsync(cluster.Name));
        await cluster.ApplyAsync("instances: 1\npostgres: {parameters: {shared_preload_libraries: test_library}}");
        await cluster.UntilAsync(
            "the status shows why the server does not start",
            now => Cluster.Condition(now.Status, ConditionTypes.Progressing)?.Message.Contains(
                "could not access file \"test_library\"", StringComparison.Ordinal) == true);

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{other.Name}}}"}}""");
        await cluster.ReadyAsync();
        Assert.Equal(other.Name, await cluster.Target.ImageOfAsync(cluster.Primary));
        // The cluster must be removed before its image.
        await cluster.DisposeAsync();
    }

    /// <summary>The image of all tests with one more library: a copy with another name.</summary>
    private sealed class ImageWithLibrary(string name) : IAsyncDisposable
    {
        public string Name => name;

        public static async Task<ImageWithLibrary> MakeAsync(string prefix)
        {
            var (name, builder) = ($"localhost/{prefix}-library:17", $"{prefix}-builder");
            await Podman.TextAsync(
                "create", "--name", builder, "--user", "0", "--network", "none", Machine.Image, "sh", "-c",
                "cd /usr/lib/postgresql/*/lib && cp auto_explain.so test_library.so");
            await Podman.TextAsync("start", "--attach", builder);
            await Podman.TextAsync("commit", "--quiet", "--change", "USER postgres", builder, name);
            await Podman.TextAsync("rm", builder);
            await TestTargets.Current.LoadImageAsync(name);
            return new ImageWithLibrary(name);
        }

        public async ValueTask DisposeAsync() => await Podman.TextAsync("rmi", "--force", name);
    }
}
