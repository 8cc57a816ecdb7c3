using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A new resource over what an earlier one left, and one that was begun with what cannot work.</summary>
[Trait("Story", "EveryTarget")]
public sealed class TakenUpTests(Stage stage) : OwnCluster(stage)
{
    private const string Fill = "create table kept (number int); insert into kept values (42)";
    private const string Kept = "select number from kept";

    [Fact]
    public async Task Who_led_leads_again_although_fewer_instances_are_asked_for()
    {
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync(policy: "Retain");
        await cluster.ReadyAsync();
        await Psql.TextAsync((await Access.OfAsync(cluster)).Dsn, Fill);
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.DeleteAsync();

        await cluster.ApplyAsync("instances: 1");
        await cluster.NotReadyAsync(Reasons.InvalidSpec, $"leaves out the primary {cluster.Standby}");
        Assert.Equal("42", await Psql.TextAsync((await Access.OfAsync(cluster)).DsnOf(cluster.Standby), Kept));

        await cluster.PatchAsync("""{"spec":{"instances":2}}""");
        Assert.Equal(cluster.Standby, (await cluster.ReadyAsync()).Primary);
    }

    [Fact]
    public async Task Data_of_another_major_version_are_refused_and_served_by_the_image_that_made_them()
    {
        await Podman.NeedImageAsync(Machine.Postgres15Image, "bookworm");
        await Place.Here.ReceiveImageAsync(Machine.Postgres15Image);
        await using var cluster = Operator.NewCluster();
        await cluster.ApplyAsync($"image: {Machine.Postgres15Image}\ninstances: 1", "Retain");
        await cluster.ReadyAsync();
        await Psql.TextAsync((await Access.OfAsync(cluster)).Dsn, Fill);
        await cluster.DeleteAsync();

        await cluster.ApplyAsync("instances: 1");
        await cluster.NotReadyAsync(Reasons.MajorVersionChange, "the data are those of PostgreSQL 15");
        Assert.Equal("", await cluster.Place.PodIdAsync(cluster.Primary));

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{Machine.Postgres15Image}}}"}}""");
        await cluster.ReadyAsync();
        Assert.Equal("42", await Psql.TextAsync((await Access.OfAsync(cluster)).Dsn, Kept));
    }

    [Fact]
    public async Task A_first_server_that_does_not_come_up_gets_the_corrected_image()
    {
        await using var cluster = Operator.NewCluster();
        await using var other = await HeavyWork.DoAsync(() => ImageWithLibrary.MakeAsync(cluster.Name));
        await cluster.ApplyAsync("instances: 1\npostgres: {parameters: {shared_preload_libraries: story_library}}");
        await cluster.UntilAsync(
            "the server has said why it does not come up",
            now => Cluster.Condition(now.Status, ConditionTypes.Progressing)?.Message.Contains("could not access file \"story_library\"", StringComparison.Ordinal) == true);

        await cluster.PatchAsync($$$"""{"spec":{"image":"{{{other.Name}}}"}}""");
        await cluster.ReadyAsync();
        Assert.Equal(other.Name, await cluster.Place.ImageOfAsync(cluster.Primary));
        // Its cluster goes first.
        await cluster.DisposeAsync();
    }

    /// <summary>The image of all stories, and a library that it has under another name.</summary>
    private sealed class ImageWithLibrary(string name) : IAsyncDisposable
    {
        public string Name => name;

        public static async Task<ImageWithLibrary> MakeAsync(string story)
        {
            var (name, maker) = ($"localhost/{story}-library:17", $"{story}-maker");
            await Podman.TextAsync(
                "create", "--name", maker, "--user", "0", "--network", "none", Machine.Image, "sh", "-c", "cd /usr/lib/postgresql/*/lib && cp auto_explain.so story_library.so");
            await Podman.TextAsync("start", "--attach", maker);
            await Podman.TextAsync("commit", "--quiet", "--change", "USER postgres", maker, name);
            await Podman.TextAsync("rm", maker);
            await Place.Here.ReceiveImageAsync(name);
            return new ImageWithLibrary(name);
        }

        public async ValueTask DisposeAsync() => await Podman.TextAsync("rmi", "--force", name);
    }
}
