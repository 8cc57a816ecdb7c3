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
    public void A_log_within_the_limit_is_not_changed()
    {
        File.WriteAllText(state.Log, "a line\n");

        Log.Shorten();

        Assert.Equal("a line\n", File.ReadAllText(state.Log));
        Assert.False(File.Exists(state.FormerLog));
    }

    [Fact]
    public void A_missing_log_is_not_an_error()
    {
        Log.Shorten();

        Assert.Empty(Directory.GetFiles(state.Path));
    }

    [Fact]
    public void The_end_of_a_long_log_is_kept_in_a_private_file_of_limited_length()
    {
        File.WriteAllText(state.FormerLog, new string('f', 100));
        File.WriteAllText(state.Log, "begin" + new string('x', (int)OperatorLog.LengthLimit) + "end\n");

        Log.Shorten();

        Assert.Equal(0, new FileInfo(state.Log).Length);
        Assert.Equal(OperatorLog.LengthLimit, new FileInfo(state.FormerLog).Length);
        Assert.EndsWith("xend\n", File.ReadAllText(state.FormerLog), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(state.FormerLog));
    }

    /// <summary>The writer opens the log in the same way as an operator in the background.</summary>
    [Fact]
    public async Task A_running_writer_continues_at_the_beginning_of_the_emptied_log()
    {
        using var writer = Process.Start(
            new ProcessStartInfo(
                "sh",
                ["-c", "exec >>\"$1\"; head -c \"$2\" /dev/zero; read -r _; echo after", "sh", state.Log, $"{OperatorLog.LengthLimit + 1}"])
            {
                RedirectStandardInput = true,
            })!;
        await Eventually.HoldsAsync("the log is longer than the limit", () =>
        {
            Assert.False(writer.HasExited);
            return File.Exists(state.Log) && new FileInfo(state.Log).Length > OperatorLog.LengthLimit;
        });

        Log.Shorten();
        await writer.StandardInput.WriteLineAsync();
        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("after\n", await File.ReadAllTextAsync(state.Log, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_log_is_not_the_output_of_a_process_that_writes_elsewhere() => Assert.False(Log.IsOutputOfThisProcess);
}
