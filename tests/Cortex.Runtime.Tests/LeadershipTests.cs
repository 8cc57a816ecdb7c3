using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Cortex.Runtime.Tests;

/// <summary>The elector does not support fake time, so the lease is short. No test asserts a duration.</summary>
public sealed class LeadershipTests
{
    private readonly LeaseApi api = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_process_leads_only_after_the_work_of_the_first_has_ended()
    {
        await using var first = new Candidate(api, "first");
        var held = await first.LeadsAsync();
        await using var second = new Candidate(api, "second");
        await first.StopAsync();
        Assert.False(held.Term.Token.IsCancellationRequested);
        Assert.True(held.Term.Stopping.IsCancellationRequested);
        Assert.Equal("first", api.Holder);
        held.WorkEnds.SetResult();
        await first.Ended;
        Assert.NotEqual("first", api.Holder);
        var next = await second.LeadsAsync();
        Assert.False(next.Term.Token.IsCancellationRequested);
        Assert.Equal("second", api.Holder);
    }

    [Fact]
    public async Task The_loss_of_the_API_server_ends_the_term_and_its_return_starts_another()
    {
        await using var only = new Candidate(api, "only");
        var lost = await only.LeadsAsync();
        api.Down = true;
        await Cancelled(lost.Term.Token);
        Assert.False(lost.Term.Stopping.IsCancellationRequested);
        lost.WorkEnds.SetResult();
        api.Down = false;
        var again = await only.LeadsAsync();
        Assert.False(again.Term.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_lease_that_another_process_took_ends_the_term_and_is_not_released()
    {
        await using var first = new Candidate(api, "first");
        var held = await first.LeadsAsync();
        api.Seize("usurper");
        await Cancelled(held.Term.Token);
        held.WorkEnds.SetResult();
        await first.StopAsync();
        await first.Ended;
        Assert.Equal("usurper", api.Holder);
    }

    [Fact]
    public async Task A_candidate_that_never_led_stops_without_a_write_to_the_lease()
    {
        await using var first = new Candidate(api, "first");
        await first.LeadsAsync();
        await using var second = new Candidate(api, "second");
        await second.StopAsync();
        await second.Ended;
        Assert.Equal("first", api.Holder);
    }

    [Fact]
    public void A_lease_that_is_shorter_than_its_renewal_is_refused_at_the_start()
    {
        var options = new LeaseOptions("default", "lease", "me")
        {
            Duration = TimeSpan.FromSeconds(5),
            RenewDeadline = TimeSpan.FromSeconds(5),
        };
        var refused = Assert.Throws<ArgumentException>(
            () => new LeaseLeadership(api.Connect(), options, TimeProvider.System, new LogBook<LeaseLeadership>()));
        Assert.StartsWith("Duration (00:00:05) must be longer", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sole_leader_has_one_term_that_lasts_until_the_stop()
    {
        using var stop = new CancellationTokenSource();
        var terms = new ConcurrentQueue<Term>();
        await new SoleLeadership().RunAsync(async term =>
        {
            terms.Enqueue(term);
            await stop.CancelAsync();
        }, stop.Token);
        var only = Assert.Single(terms);
        Assert.False(only.Token.CanBeCanceled);
        Assert.True(only.Stopping.IsCancellationRequested);
    }

    private static async Task Cancelled(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = token.Register(() => cancelled.TrySetResult());
        await cancelled.Task.WaitAsync(Ct);
    }

    private sealed record Held(Term Term)
    {
        public TaskCompletionSource WorkEnds { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A process that competes for the lease. Its work continues until the test ends it.</summary>
    private sealed class Candidate : IAsyncDisposable
    {
        private readonly Channel<Held> terms = Channel.CreateUnbounded<Held>();
        private readonly CancellationTokenSource stop = new(), abandon = new();

        public Candidate(LeaseApi api, string identity)
        {
            var options = new LeaseOptions("default", "lease", identity)
            {
                Duration = TimeSpan.FromSeconds(2),
                RenewDeadline = TimeSpan.FromSeconds(1),
                RetryPeriod = TimeSpan.FromMilliseconds(50),
            };
            Ended = new LeaseLeadership(
                api.Connect(), options, TimeProvider.System, new LogBook<LeaseLeadership>()).RunAsync(Lead, stop.Token);
        }

        public Task Ended { get; }

        public async Task<Held> LeadsAsync() => await terms.Reader.ReadAsync(Ct);

        public Task StopAsync() => stop.CancelAsync();

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await abandon.CancelAsync();
            await Ended;
            stop.Dispose();
            abandon.Dispose();
        }

        private async Task Lead(Term term)
        {
            var held = new Held(term);
            terms.Writer.TryWrite(held);
            await held.WorkEnds.Task.WaitAsync(abandon.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
