using Microsoft.Extensions.Time.Testing;

namespace Cortex.Runtime.Tests;

public sealed class WorkQueueTests : IDisposable
{
    private static readonly ObjectKey Orders = new("shop", "orders");

    private readonly FakeTimeProvider time = new();
    private readonly WorkQueue queue;

    public WorkQueueTests() => queue = new WorkQueue(new Backoff(BackoffPolicy.Default, () => 0.999), time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => queue.Dispose();

    [Fact]
    public async Task A_key_that_is_added_while_it_runs_runs_once_more_afterwards()
    {
        queue.Add(Orders);
        Assert.Equal(Orders, await queue.TakeAsync(Ct));
        queue.Add(Orders);
        queue.Add(Orders);
        Assert.Equal(0, queue.Depth);
        queue.Done(Orders);
        Assert.Equal(Orders, await queue.TakeAsync(Ct));
        queue.Done(Orders);
        Assert.Equal(0, queue.Depth);
    }

    [Fact]
    public void The_earliest_of_two_due_times_wins_in_any_order()
    {
        queue.AddAfter(Orders, TimeSpan.FromSeconds(5));
        queue.AddAfter(Orders, TimeSpan.FromSeconds(2));
        queue.AddAfter(Orders, TimeSpan.FromSeconds(9));
        time.Advance(TimeSpan.FromSeconds(1.999));
        Assert.Equal(0, queue.Depth);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((1, 0), (queue.Depth, queue.Delayed));
    }

    [Fact]
    public async Task An_add_replaces_a_later_due_time()
    {
        queue.AddAfter(Orders, TimeSpan.FromSeconds(5));
        queue.Add(Orders);
        await queue.TakeAsync(Ct);
        queue.Done(Orders);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0), (queue.Depth, queue.Delayed));
    }

    [Fact]
    public void A_jump_of_the_wall_clock_changes_no_due_time()
    {
        queue.AddAfter(Orders, TimeSpan.FromSeconds(5));
        time.AdjustTime(time.GetUtcNow().AddDays(1));
        Assert.Equal((0, 1), (queue.Depth, queue.Delayed));
    }

    [Fact]
    public void A_delay_that_is_longer_than_any_timer_is_kept()
    {
        queue.AddAfter(Orders, TimeSpan.MaxValue);
        queue.AddAfter(new("shop", "stock"), TimeSpan.FromDays(90));
        time.Advance(TimeSpan.FromDays(90));
        Assert.Equal((1, 1), (queue.Depth, queue.Delayed));
    }

    [Fact]
    public void The_delay_grows_with_each_failure_until_the_key_is_forgotten()
    {
        var delays = Enumerable.Range(0, 3).Select(_ => queue.AddRateLimited(Orders)).ToList();
        Assert.Equal(delays.Order(), delays);
        queue.Forget(Orders);
        Assert.Equal(delays[0], queue.AddRateLimited(Orders));
    }

    [Fact]
    public async Task After_a_shutdown_no_key_is_given_out_and_a_running_key_can_be_returned()
    {
        var stock = new ObjectKey("shop", "stock");
        queue.Add(Orders);
        queue.Add(stock);
        await queue.TakeAsync(Ct);
        queue.ShutDown();
        Assert.Null(await queue.TakeAsync(Ct));
        queue.Add(Orders);
        queue.Done(Orders);
        Assert.Null(await queue.TakeAsync(Ct));
    }

    [Fact]
    public async Task Many_workers_never_share_a_key_and_see_every_add()
    {
        var keys = Enumerable.Range(0, 8).Select(i => new ObjectKey("n", $"k{i}")).ToArray();
        int[] wanted = new int[8], seen = new int[8], busy = new int[8];
        var overlaps = 0;
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (await queue.TakeAsync(Ct) is { } key)
            {
                var i = Array.IndexOf(keys, key);
                if (Interlocked.Increment(ref busy[i]) > 1)
                {
                    Interlocked.Increment(ref overlaps);
                }

                Volatile.Write(ref seen[i], Volatile.Read(ref wanted[i]));
                await Task.Yield();
                Interlocked.Decrement(ref busy[i]);
                queue.Done(key);
            }
        }, Ct)).ToArray();
        var random = new Random(7);
        for (var n = 0; n < 20_000; n++)
        {
            var i = random.Next(8);
            Interlocked.Increment(ref wanted[i]);
            queue.Add(keys[i]);
        }

        await Eventually.HoldsAsync("every add was seen", () => Enumerable.Range(0, 8).All(i => Volatile.Read(ref seen[i]) == wanted[i]));
        queue.ShutDown();
        await Task.WhenAll(workers);
        Assert.Equal(wanted, seen);
        Assert.Equal(0, overlaps);
    }
}
