using System.Diagnostics;
using Cortex.Engine.Targets.Kubernetes;

namespace Cortex.Engine.Tests.Targets;

public sealed class OutputEndTests
{
    [Theory]
    [InlineData("printf '%s' \"$0 $1\"; exit 7", 7, "name a b")]
    [InlineData("set -eu\necho begun\nfalse\necho never", 1, "begun\n")]
    [InlineData("trap 'echo left' EXIT\nexec echo done", 0, "done\n")]
    [InlineData("echo first >&2; echo second", 0, "first\nsecond\n")]
    [InlineData("# only a comment", 0, "")]
    public async Task The_end_is_marked_and_exit_code_and_output_stay(string script, int code, string output)
    {
        var (status, text) = await RunAsync(OutputEnd.After(script));

        Assert.Equal(code, status);
        Assert.True(OutputEnd.IsIn(text), text);
        Assert.Equal(output, OutputEnd.Without(text));
    }

    [Theory]
    [InlineData("line 1\nline 2\nli")]
    [InlineData("line 1\nend-of-this-out")]
    [InlineData("")]
    public void An_output_whose_last_lines_are_missing_has_no_end(string log) => Assert.False(OutputEnd.IsIn(log));

    private static async Task<(int Status, string Text)> RunAsync(string script)
    {
        var ct = TestContext.Current.CancellationToken;
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", script, "name", "a b"]) { RedirectStandardOutput = true })!;
        var text = await shell.StandardOutput.ReadToEndAsync(ct);
        await shell.WaitForExitAsync(ct);
        return (shell.ExitCode, text);
    }
}
