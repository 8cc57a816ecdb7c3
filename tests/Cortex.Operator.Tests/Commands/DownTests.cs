using Cortex.Operator.Commands;

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

        Assert.Equal(ExitCodes.Failed, await place.RunAsync(place.Here with { Keyboard = new StringReader(answer) }, TestContext.Current.CancellationToken, "down", "--volumes"));
        Assert.StartsWith("cortex: nothing was removed\n", place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_question_ends_when_it_is_interrupted()
    {
        await using var place = new Workplace();
        using var silent = new SilentKeyboard();
        using var interrupt = new CancellationTokenSource();
        var command = place.RunAsync(place.Here with { Keyboard = silent }, interrupt.Token, "down", "--volumes");
        await silent.Asked.WaitAsync(TestContext.Current.CancellationToken);
        await interrupt.CancelAsync();

        Assert.Equal(ExitCodes.Interrupted, await command);
        Assert.Equal("cortex: nothing was removed\n", place.Error);
    }

    /// <summary>Nothing is typed until the test is over.</summary>
    private sealed class SilentKeyboard : TextReader
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim over = new();

        public Task Asked => asked.Task;

        public override string? ReadLine()
        {
            asked.TrySetResult();
            over.Wait();
            return null;
        }

        protected override void Dispose(bool disposing)
        {
            over.Set();
            base.Dispose(disposing);
        }
    }
}
