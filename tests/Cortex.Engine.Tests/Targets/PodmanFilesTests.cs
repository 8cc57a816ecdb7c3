using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The other way to a file: where the volume is another user's, only the container gives it.</summary>
public sealed class PodmanFilesTests : PodmanTier
{
    [Fact]
    public async Task A_file_is_had_through_the_container_whether_it_runs_or_not()
    {
        await StartAsOwnerAsync($"printf content >{Paths.Volume}/file; {Server}");
        var files = new PodmanFiles(Api);

        Assert.Equal("content"u8.ToArray(), await UntilAsync(() => files.FromContainerAsync(Names.Container(Primary), "file", Ct), seen => seen is { Length: 7 }));
        await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
        Assert.Equal("content"u8.ToArray(), await files.FromContainerAsync(Names.Container(Primary), "file", Ct));
        Assert.Null(await files.FromContainerAsync(Names.Container(Primary), "nothing", Ct));
    }
}
