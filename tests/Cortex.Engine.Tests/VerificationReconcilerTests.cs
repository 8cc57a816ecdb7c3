using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Backup;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Engine.Tests;

/// <summary>Restore tests on an operator that may end between any two writes.</summary>
public sealed partial class VerificationReconcilerTests
{
    private const string Sound =
        "verify: next 9\nverify: recovered 0/2000000\nverify: segment 000000020000000000000001\nverify: timeline 1\nverify: complete\n";

    private const string Damage = "P00  ERROR: [026]: actual checksum does not match\n";

    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 0, 0, 30, TimeSpan.Zero);

    private readonly FakeTimeProvider clock = new(Begin);
    private readonly World world = new();
    private readonly VerificationReconciler verifications;

    public VerificationReconcilerTests() => verifications = new VerificationReconciler(world, world, world, clock);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_that_asks_for_no_test_is_not_looked_at_again()
    {
        world.Verify = null;

        Assert.Null(await verifications.ReconcileAsync(World.Key, Ct));
        Assert.Empty(world.Written);
    }

    [Fact]
    public async Task A_time_that_comes_starts_one_test_whose_result_is_recorded_before_its_container_is_removed()
    {
        world.Verify = new() { Schedule = "2 0 * * *" };
        var first = await LookAsync();
        Assert.Equal(TimeSpan.FromSeconds(90), first?.After);

        clock.Advance(first!.After);
        await LookAsync();
        await LookAsync();
        Assert.Equal(Begin.AddSeconds(90), Assert.Single(world.Started).StartedAt);
        world.End(0, Sound);
        await LookAsync();
        await LookAsync();

        Assert.Equal(["status", "container", "status", "receipt", "event", "removal"], world.Written);
        Assert.Equal(VerificationVerdicts.Succeeded, Assert.Single(world.Receipts).Verdict);
        Assert.Equal((null, Begin.AddDays(1).AddSeconds(90)), (world.Recorded?.StartedAt, world.Recorded?.Next));
    }

    [Fact]
    public async Task Nothing_is_written_during_a_promotion()
    {
        world.Request = "now";
        world.Status = world.Status with
        {
            Promotion = new() { From = "a", To = "b", Kind = PromotionKind.Switchover, RequestedAt = Begin },
        };

        Assert.NotNull(await LookAsync());
        Assert.Empty(world.Written);
    }

    [Fact]
    public async Task A_test_waits_for_that_of_another_cluster_and_for_its_image()
    {
        world.Request = "now";
        world.AnotherRuns = true;
        Assert.True((await LookAsync())!.After < TimeSpan.FromMinutes(1));
        (world.AnotherRuns, world.ImageIsKnown) = (false, false);
        Assert.True((await LookAsync())!.After < TimeSpan.FromMinutes(1));
        Assert.Empty(world.Started);

        world.ImageIsKnown = true;
        await LookAsync();
        Assert.Single(world.Started);
    }

    [Fact]
    public async Task A_cluster_that_is_deleted_keeps_no_container()
    {
        world.Request = "now";
        await LookAsync();
        world.IsGone = true;

        Assert.Null(await LookAsync());
        Assert.Null(world.Job);
    }

    /// <summary>
    /// Days of an operator that is ended between any two writes and is down for a while. Containers take their time, and some are removed
    /// by another program. None is started and ended within a second, by which they are told apart.
    /// </summary>
    [Theory, InlineData("*/10 * * * *"), InlineData("0 */2 * * *"), InlineData(null)]
    public async Task No_test_runs_twice_and_none_is_lost(string? schedule)
    {
        foreach (var seed in Enumerable.Range(0, 30))
        {
            var random = new Random(seed);
            world.Clear(schedule);
            await LookAsync();
            for (var step = 0; step < 300; step++)
            {
                clock.Advance(TimeSpan.FromSeconds(random.Next(10) == 0 ? random.Next(1, 20_000) : random.Next(1, 300)));
                world.Live(random, step);
                world.WritesUntilKill = random.Next(3) == 0 ? random.Next(4) : null;
                await LookAsync();
            }

            world.WritesUntilKill = null;
            for (var more = 0; more < 4; more++)
            {
                await LookAsync();
                world.End(0, Sound);
            }

            AssertSound(seed);
        }
    }

    private void AssertSound(int seed)
    {
        var because = $"seed {seed}";
        Assert.True(world.Job is null, because);
        // Each container that came to its end has exactly one receipt; one that was removed was followed by another one.
        Assert.Equal(world.Ended, world.Receipts.Select(receipt => receipt.StartedAt));
        Assert.True(world.Receipts.Count > 5 || world.Verify is null, because);
        // For each request that was seen, and each time, one test: no more containers than reasons to start one.
        Assert.Equal(world.Request, world.Recorded?.HandledRequest);
        var times = world.Started.Select(order => order.StartedAt).ToList();
        Assert.Equal(times.Distinct().Order(), times);
        Assert.All(world.Lost, lost => Assert.True(times.Any(time => time > lost), $"{because}: {lost} was not begun again"));
        Assert.All(world.Started.Zip(world.Started.Skip(1)), pair => Assert.True(
            world.Lost.Contains(pair.First.StartedAt)
                || pair.First.Request != pair.Second.Request
                || world.IsDueBetween(pair.First.StartedAt, pair.Second.StartedAt),
            $"{because}: {pair.Second} has no reason"));
    }

    private async Task<NextLook?> LookAsync()
    {
        try
        {
            return await verifications.ReconcileAsync(World.Key, Ct);
        }
        catch (KilledException)
        {
            return null;
        }
    }
}
