using Cortex.Core.Api;
using Cortex.Engine.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Engine.Tests;

/// <summary>A read that takes longer than a pass waits for it.</summary>
public sealed class SlowReadsTests
{
    private const string Name = "volume";

    private static readonly ClusterKey Key = new("default", "cortex");
    private static readonly TimeSpan UsableFor = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider clock = new();
    private readonly ClusterMemory memory = new();
    private readonly SlowReads<string> reads;
    private readonly List<TaskCompletionSource<string>> begun = [];
    private readonly List<CancellationToken> tokens = [];

    public SlowReadsTests() => reads = new SlowReads<string>(memory, clock, UsableFor);

    [Fact]
    public async Task A_later_call_takes_the_result_of_a_read_that_was_not_waited_for()
    {
        Assert.Null(await TakeWithoutAnswerAsync("a"));
        Assert.Null(await TakeWithoutAnswerAsync("a"));
        begun[0].SetResult("found");

        Assert.Equal("found", await TakeAsync("a"));
        Assert.Single(begun);
        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public async Task The_error_of_a_read_is_that_of_the_call_which_takes_it_and_the_next_call_reads_again()
    {
        Assert.Null(await TakeWithoutAnswerAsync("a"));
        begun[0].SetException(new IOException("the disk is broken"));

        await Assert.ThrowsAsync<IOException>(() => TakeAsync("a"));
        Assert.Null(await TakeWithoutAnswerAsync("a"));
        Assert.Equal(2, begun.Count);
    }

    [Fact]
    public async Task A_read_of_what_is_no_longer_asked_for_is_cancelled()
    {
        Assert.Null(await TakeWithoutAnswerAsync("a"));
        Assert.Null(await TakeWithoutAnswerAsync("b"));

        Assert.Equal([true, false], tokens.Select(token => token.IsCancellationRequested));
    }

    [Fact]
    public async Task An_old_result_is_not_used()
    {
        Assert.Null(await TakeWithoutAnswerAsync("a"));
        begun[0].SetResult("found");
        clock.Advance(UsableFor + TimeSpan.FromSeconds(1));

        Assert.Null(await TakeWithoutAnswerAsync("a"));
        Assert.Equal(2, begun.Count);
    }

    [Fact]
    public async Task The_read_of_a_cluster_that_is_forgotten_is_cancelled()
    {
        Assert.Null(await TakeWithoutAnswerAsync("a"));
        memory.Forget(Key);

        Assert.True(Assert.Single(tokens).IsCancellationRequested);
    }

    private async Task<string?> TakeWithoutAnswerAsync(string mark)
    {
        var call = TakeAsync(mark);
        clock.Advance(SlowReads<string>.WaitLimit);
        return await call;
    }

    private async Task<string?> TakeAsync(string mark) =>
        await reads.TakeAsync(Key, Name, mark, Begin, TestContext.Current.CancellationToken) is { } read ? await read : null;

    private Task<string> Begin(CancellationToken end)
    {
        tokens.Add(end);
        begun.Add(new TaskCompletionSource<string>());
        return begun[^1].Task;
    }
}
