using Xunit.Sdk;

namespace Cortex.Core.Tests;

/// <summary>The message of a test that waits without success, or whose program fails.</summary>
public sealed class HarnessTests
{
    [Fact]
    public async Task A_wait_without_success_says_what_for_and_what_was_seen_last()
    {
        var looks = 0;
        var failure = await Assert.ThrowsAsync<FailException>(() => Eventually.SeesAsync(
            "the count is negative", () => Task.FromResult(++looks), seen => seen < 0, TimeSpan.FromMilliseconds(1)));

        Assert.Contains("the count is negative: not within", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith($"last seen: {looks}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_ends_with_what_was_waited_for()
    {
        var looks = 0;

        Assert.Equal(3, await Eventually.SeesAsync("three looks", () => Task.FromResult(++looks), seen => seen == 3));
        Assert.Equal(3, looks);
    }

    [Fact]
    public async Task A_program_that_fails_is_named_with_its_exit_code_and_what_it_said()
    {
        var result = await Tool.RunAsync("sh", ["-c", "cat; echo wrong >&2; exit 3"], input: "given\n");

        Assert.Equal((3, "given\n", "wrong\n"), (result.ExitCode, result.Output, result.Errors));
        var failure = Assert.Throws<TrueException>(() => result.Demand());
        Assert.Contains("sh -c cat; echo wrong >&2; exit 3\nended with 3:\ngiven\nwrong\n", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_runs_in_its_folder_and_without_what_was_taken_out_of_its_environment()
    {
        var environment = new Dictionary<string, string?> { ["HOME"] = null, ["GIVEN"] = "yes" };

        Assert.Equal("/ none yes", (await Tool.RunAsync("sh", ["-c", "echo $PWD ${HOME-none} $GIVEN"], environment, folder: "/")).Text());
    }
}
