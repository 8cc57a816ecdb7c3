using System.Diagnostics;
using Cortex.Operator.LocalState;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Operator.Tests.LocalState;

public sealed class OperatorLogTests : IDisposable
{
    private readonly StateDirectory state = new(Directory.CreateTempSubdirectory("cortex-log-").FullName);

    public void Dispose() => Directory.Delete(state.Path, recursive: true);

    private OperatorLog Log => new(state, TimeProvider.System, NullLogger.Instance);

    [Fact]
    public void A_log_within_the_limit_is_left_alone()
    {
        File.WriteAllText(state.Log, "what was said\n");

        Log.Shorten();

        Assert.Equal("what was said\n", File.ReadAllText(state.Log));
        Assert.False(File.Exists(state.FormerLog));
    }

    [Fact]
    public void Where_there_is_no_log_there_is_nothing_to_do()
    {
        Log.Shorten();

        Assert.Empty(Directory.GetFiles(state.Path));
    }

    [Fact]
    public void Of_a_longer_one_the_end_is_kept_for_its_reader_alone_and_no_more_than_the_limit()
    {
        File.WriteAllText(state.FormerLog, new string('f', 100));
        File.WriteAllText(state.Log, "begin" + new string('x', (int)OperatorLog.Limit) + "end\n");

        Log.Shorten();

        Assert.Equal(0, new FileInfo(state.Log).Length);
        Assert.Equal(OperatorLog.Limit, new FileInfo(state.FormerLog).Length);
        Assert.EndsWith("xend\n", File.ReadAllText(state.FormerLog), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(state.FormerLog));
    }

    /// <summary>The way in which an operator in the background has it open.</summary>
    [Fact]
    public async Task Whoever_writes_to_it_goes_on_at_its_beginning()
    {
        using var writer = Process.Start(new ProcessStartInfo("sh", ["-c", "exec >>\"$1\"; head -c \"$2\" /dev/zero; read -r _; echo after", "sh", state.Log, $"{OperatorLog.Limit + 1}"]) { RedirectStandardInput = true })!;
        await Eventually.HoldsAsync("the log is longer than the limit", () =>
        {
            Assert.False(writer.HasExited);
            return File.Exists(state.Log) && new FileInfo(state.Log).Length > OperatorLog.Limit;
        });

        Log.Shorten();
        await writer.StandardInput.WriteLineAsync();
        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("after\n", await File.ReadAllTextAsync(state.Log, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_process_whose_output_goes_elsewhere_leaves_it_alone() => Assert.False(Log.IsOurs);
}
