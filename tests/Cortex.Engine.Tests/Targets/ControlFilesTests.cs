using Cortex.Core.Postgres;
using Cortex.Engine.Targets.Kubernetes;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What the pod that reads a control file prints, and how the output is decoded.</summary>
public sealed class ControlFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cortex-").FullName;

    private string There => Path.Combine(folder, "pg_control");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_control_file_comes_back_byte_for_byte()
    {
        var content = Enumerable.Range(0, ControlFile.Size).Select(number => (byte)number).ToArray();
        await File.WriteAllBytesAsync(There, content, TestContext.Current.CancellationToken);

        Assert.Equal(content, ControlFiles.Decode(await PrintedAsync()));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("mkfifo pg_control")]
    [InlineData("mkdir pg_control")]
    [InlineData("ln -s /dev/zero pg_control")]
    [InlineData("ln -s /etc/passwd pg_control")]
    public async Task Nothing_is_printed_for_anything_else_than_a_regular_file(string made)
    {
        await RunAsync(made);

        Assert.Empty(await PrintedAsync());
    }

    [Fact]
    public async Task Of_a_longer_file_one_byte_too_many_is_printed()
    {
        await RunAsync("truncate -s 1T pg_control");

        Assert.Equal(ControlFile.Size + 1, ControlFiles.Decode(await PrintedAsync())!.Length);
    }

    [Theory, InlineData("no base 64!"), InlineData("AAA"), InlineData("AAAA=")]
    public void Output_that_is_not_base_64_is_not_a_file(string output) => Assert.Null(ControlFiles.Decode(output));

    private Task<string> PrintedAsync() => RunAsync(ControlFiles.Read, "pg_control", $"{ControlFile.Size + 1}");

    private async Task<string> RunAsync(string script, params string[] arguments) =>
        (await Tool.RunAsync("sh", ["-c", script, "test", .. arguments], folder: folder)).Demand().Output;
}
