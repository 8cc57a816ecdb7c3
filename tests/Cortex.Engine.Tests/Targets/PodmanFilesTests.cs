using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>Reading a file through the container, the only way where the folder of the volume belongs to another user.</summary>
public sealed class PodmanFilesTests : PodmanTier
{
    private const int Limit = 8192;

    [Fact]
    public async Task A_file_is_read_through_the_container_whether_it_runs_or_not()
    {
        await StartAsOwnerAsync($"printf content >{Paths.Volume}/file; {Server}");
        var files = new PodmanFiles(Api);

        var seen = await Eventually.SeesAsync(
            "the file is written",
            () => files.FromContainerAsync(Names.Container(Primary), "file", Limit, Ct),
            read => read is { Length: 7 });
        Assert.Equal("content"u8.ToArray(), seen);
        await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
        Assert.Equal("content"u8.ToArray(), await files.FromContainerAsync(Names.Container(Primary), "file", Limit, Ct));
        Assert.Null(await files.FromContainerAsync(Names.Container(Primary), "nothing", Limit, Ct));
    }

    /// <summary>In both ways of reading: the owner of a container controls what has the name of a file.</summary>
    [Theory]
    [InlineData("mkfifo file")]
    [InlineData("ln -s /dev/zero file")]
    [InlineData("ln -s /proc/1/environ file")]
    [InlineData("truncate -s 1T file")]
    [InlineData("mkdir file")]
    public async Task Nothing_but_a_small_regular_file_is_read(string made)
    {
        await StartAsOwnerAsync($"cd {Paths.Volume}; {made}; touch made; {Server}");
        var files = new PodmanFiles(Api);
        await Eventually.GetAsync("the script has made it", () => files.FromContainerAsync(Names.Container(Primary), "made", Limit, Ct));

        Assert.Null(await files.ReadAsync(Cluster, Primary, "file", Limit, Ct));
        Assert.Null(await files.FromContainerAsync(Names.Container(Primary), "file", Limit, Ct));
        await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
        Assert.Null(await files.ReadAsync(Cluster, Primary, "file", Limit, Ct));
        Assert.Null(await files.FromContainerAsync(Names.Container(Primary), "file", Limit, Ct));
    }
}
