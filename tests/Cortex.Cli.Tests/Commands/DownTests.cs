using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Commands;

public sealed class DownTests
{
    [Fact]
    public async Task Data_are_not_deleted_without_a_terminal_for_the_confirmation()
    {
        await using var cortex = new CommandRunner();

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("down", "--volumes"));
        Assert.Equal(
            "cortex: nothing was removed: --volumes deletes the data, and there is no terminal for a confirmation\n  run ./cortex down "
                + "--volumes --yes\n",
            cortex.Error);
    }

    [Theory]
    [InlineData("no")]
    [InlineData("")]
    public async Task Data_are_deleted_only_after_the_answer_yes(string answer)
    {
        await using var cortex = new CommandRunner();

        var context = cortex.Context with { Answer = () => answer };

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync(context, TestContext.Current.CancellationToken, "down", "--volumes"));
        Assert.StartsWith("cortex: nothing was removed\n", cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wait_for_the_answer_can_be_interrupted()
    {
        await using var cortex = new CommandRunner();
        using var interrupt = new CancellationTokenSource();
        using var over = new ManualResetEventSlim();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = cortex.RunAsync(cortex.Context with { Answer = NoAnswer }, interrupt.Token, "down", "--volumes");
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        await interrupt.CancelAsync();

        Assert.Equal(ExitCodes.Interrupted, await command);
        Assert.Equal("cortex: nothing was removed\n", cortex.Error);
        over.Set();

        string? NoAnswer()
        {
            asked.TrySetResult();
            over.Wait(TestContext.Current.CancellationToken);
            return null;
        }
    }
}
