using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What the owner of a container can put in the place of a file of PostgreSQL.</summary>
public sealed class VolumeFileTests : IDisposable
{
    private const int Limit = 8192;
    private const string Wanted = "pgdata/global/pg_control";

    private readonly string machine = Directory.CreateTempSubdirectory("cortex-").FullName;

    public VolumeFileTests() => Directory.CreateDirectory(Path.GetDirectoryName(There)!);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Root => Path.Combine(machine, "volume");

    private string There => Path.Combine(Root, Wanted);

    [Theory, InlineData(0), InlineData(5), InlineData(Limit)]
    public async Task A_file_of_a_fitting_size_is_read(int size)
    {
        var content = Enumerable.Range(0, size).Select(number => (byte)number).ToArray();
        await File.WriteAllBytesAsync(There, content, Ct);

        var read = await ReadAsync();

        Assert.Equal(VolumeAnswer.Read, read.Answer);
        Assert.Equal(content, read.Content);
    }

    [Fact]
    public async Task A_FIFO_is_not_waited_for()
    {
        (await Tool.RunAsync("mkfifo", [There])).Demand();

        Assert.Same(VolumeRead.Unfit, await ReadAsync());
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/etc/hostname")]
    [InlineData("beside")]
    [InlineData("../../../outside")]
    [InlineData("nowhere")]
    public async Task A_link_is_not_followed_wherever_it_leads(string target)
    {
        await File.WriteAllTextAsync(Path.Combine(machine, "outside"), "another's", Ct);
        await File.WriteAllTextAsync(Path.Combine(Root, "pgdata/global/beside"), "beside", Ct);
        File.CreateSymbolicLink(There, target);

        Assert.Same(VolumeRead.Unfit, await ReadAsync());
    }

    [Theory, InlineData("pgdata"), InlineData("pgdata/global")]
    public async Task A_link_in_place_of_a_folder_is_not_followed_either(string folder)
    {
        var elsewhere = Path.Combine(machine, "elsewhere");
        Directory.Move(Path.Combine(Root, folder), elsewhere);
        await File.WriteAllTextAsync(Path.Combine(elsewhere, Path.GetRelativePath(folder, Wanted)), "another's", Ct);
        File.CreateSymbolicLink(Path.Combine(Root, folder), elsewhere);

        Assert.Same(VolumeRead.Unfit, await ReadAsync());
    }

    [Fact]
    public async Task The_path_to_the_volume_may_contain_links()
    {
        await File.WriteAllTextAsync(There, "content", Ct);
        File.CreateSymbolicLink(Path.Combine(machine, "link"), Root);

        Assert.Equal("content"u8.ToArray(), (await VolumeFile.ReadAsync(Path.Combine(machine, "link"), Wanted, Limit, Ct)).Content);
    }

    [Theory, InlineData(Limit + 1), InlineData(1L << 40)]
    public async Task Nothing_of_a_longer_file_is_read(long size)
    {
        await using (var sparse = File.Create(There))
        {
            sparse.SetLength(size);
        }

        Assert.Same(VolumeRead.Unfit, await ReadAsync());
    }

    [Fact]
    public async Task A_folder_is_not_a_file()
    {
        Directory.CreateDirectory(There);

        Assert.Same(VolumeRead.Unfit, await ReadAsync());
    }

    [Fact]
    public async Task A_missing_file_is_distinguished_from_a_missing_volume()
    {
        Assert.Same(VolumeRead.Absent, await ReadAsync());
        Assert.Same(VolumeRead.Closed, await VolumeFile.ReadAsync(Path.Combine(machine, "other"), Wanted, Limit, Ct));
    }

    [Fact]
    public async Task A_cancelled_read_reads_nothing()
    {
        await File.WriteAllTextAsync(There, "content", Ct);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => VolumeFile.ReadAsync(Root, Wanted, Limit, new CancellationToken(canceled: true)));
    }

    public void Dispose() => Directory.Delete(machine, recursive: true);

    /// <summary>On another thread, so that an open that never returns fails the test instead of blocking it.</summary>
    private Task<VolumeRead> ReadAsync() =>
        Task.Run(() => VolumeFile.ReadAsync(Root, Wanted, Limit, Ct), Ct).WaitAsync(TimeSpan.FromSeconds(30), Ct);
}
