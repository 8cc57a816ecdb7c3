using Cortex.Cli.Outcomes;

namespace Cortex.Operator.Tests.Commands;

public sealed class DownTests
{
    [Fact]
    public async Task Data_are_not_deleted_where_nobody_can_be_asked()
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("down", "--volumes"));
        Assert.Equal("cortex: nothing was removed: --volumes deletes the data, and there is no terminal to ask on\n  say ./cortex down --volumes --yes\n", place.Error);
    }

    [Theory]
    [InlineData("no")]
    [InlineData("")]
    public async Task Data_are_not_deleted_for_any_answer_but_yes(string answer)
    {
        await using var place = new Workplace();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync(place.Here with { Answer = () => answer }, TestContext.Current.CancellationToken, "down", "--volumes"));
        Assert.StartsWith("cortex: nothing was removed\n", place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_question_ends_when_it_is_interrupted()
    {
        await using var place = new Workplace();
        using var interrupt = new CancellationTokenSource();
        using var over = new ManualResetEventSlim();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = place.RunAsync(place.Here with { Answer = Silence }, interrupt.Token, "down", "--volumes");
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        await interrupt.CancelAsync();

        Assert.Equal(ExitCodes.Interrupted, await command);
        Assert.Equal("cortex: nothing was removed\n", place.Error);
        over.Set();

        string? Silence()
        {
            asked.TrySetResult();
            over.Wait(TestContext.Current.CancellationToken);
            return null;
        }
    }
}
