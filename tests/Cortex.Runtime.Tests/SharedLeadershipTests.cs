namespace Cortex.Runtime.Tests;

public sealed class SharedLeadershipTests : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource lost = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_loop_works_in_the_term_and_the_term_ends_when_all_of_them_have_ended()
    {
        var leadership = new SharedLeadership(new OneTerm(lost.Token));
        var other = leadership.Follow();
        var (first, second) = (new Work(), new Work());
        var leads = leadership.RunAsync(first.DoAsync, stop.Token);
        var follows = other.RunAsync(second.DoAsync, stop.Token);
        Assert.Equal(await first.Begun.Task.WaitAsync(Ct), await second.Begun.Task.WaitAsync(Ct));

        await lost.CancelAsync();
        first.End.SetResult();
        Assert.False(leads.IsCompleted);
        second.End.SetResult();
        await leads.WaitAsync(Ct);

        Assert.False(follows.IsCompleted);
        await stop.CancelAsync();
        await follows.WaitAsync(Ct);
    }

    [Fact]
    public async Task A_loop_that_began_later_works_in_the_present_term()
    {
        var leadership = new SharedLeadership(new OneTerm(lost.Token));
        var other = leadership.Follow();
        var (first, second) = (new Work(), new Work());
        var leads = leadership.RunAsync(first.DoAsync, stop.Token);
        var term = await first.Begun.Task.WaitAsync(Ct);

        var follows = other.RunAsync(second.DoAsync, stop.Token);

        Assert.Equal(term, await second.Begun.Task.WaitAsync(Ct));
        first.End.SetResult();
        second.End.SetResult();
        await stop.CancelAsync();
        await Task.WhenAll(leads, follows).WaitAsync(Ct);
    }

    [Fact]
    public async Task A_term_that_has_ended_begins_no_work()
    {
        var leadership = new SharedLeadership(new OneTerm(lost.Token));
        var other = leadership.Follow();
        var (first, second) = (new Work(), new Work());
        var leads = leadership.RunAsync(first.DoAsync, stop.Token);
        await first.Begun.Task.WaitAsync(Ct);
        await lost.CancelAsync();
        first.End.SetResult();
        await leads.WaitAsync(Ct);

        var follows = other.RunAsync(second.DoAsync, stop.Token);
        await stop.CancelAsync();
        await follows.WaitAsync(Ct);

        Assert.False(second.Begun.Task.IsCompleted);
    }

    [Fact]
    public async Task A_loop_that_fails_reports_its_error_and_does_not_hold_the_term()
    {
        var leadership = new SharedLeadership(new OneTerm(lost.Token));
        var other = leadership.Follow();
        var follows = other.RunAsync(_ => throw new InvalidOperationException("broken"), stop.Token);

        await leadership.RunAsync(_ => Task.CompletedTask, stop.Token).WaitAsync(Ct);

        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => follows)).Message);
    }

    [Fact]
    public async Task An_error_of_the_leading_loop_ends_the_work_of_the_others()
    {
        var leadership = new SharedLeadership(new OneTerm(lost.Token));
        var other = leadership.Follow();
        var second = new Work();
        var follows = other.RunAsync(second.DoAsync, stop.Token);
        var leads = leadership.RunAsync(
            async _ =>
            {
                await second.Begun.Task;
                throw new InvalidOperationException("broken");
            },
            stop.Token);

        var term = await second.Begun.Task.WaitAsync(Ct);
        var ended = new TaskCompletionSource();
        await using var registered = term.Token.Register(ended.SetResult);
        await ended.Task.WaitAsync(Ct);
        Assert.False(leads.IsCompleted);
        second.End.SetResult();

        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => leads)).Message);
        await stop.CancelAsync();
        await follows.WaitAsync(Ct);
    }

    public void Dispose()
    {
        stop.Dispose();
        lost.Dispose();
    }

    private sealed class Work
    {
        public TaskCompletionSource<Term> Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task DoAsync(Term term)
        {
            Begun.SetResult(term);
            return End.Task;
        }
    }

    private sealed class OneTerm(CancellationToken lost) : ILeadership
    {
        public Task RunAsync(Func<Term, Task> lead, CancellationToken stop) => lead(new Term(lost, stop));
    }
}
