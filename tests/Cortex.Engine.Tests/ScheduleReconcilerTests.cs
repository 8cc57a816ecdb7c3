using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Backup;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Engine.Tests;

/// <summary>Schedules on an operator that may end between any two writes.</summary>
public sealed partial class ScheduleReconcilerTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 0, 0, 30, TimeSpan.Zero);

    private readonly FakeTimeProvider clock = new(Begin);
    private readonly World world;
    private readonly ScheduleReconciler schedules;

    public ScheduleReconcilerTests()
    {
        world = new World(clock);
        schedules = new ScheduleReconciler(world, world, clock);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pass_without_a_due_time_writes_once_and_looks_again_when_the_time_comes()
    {
        world.Schedule(new() { Full = "2 0 * * *" });

        var first = await schedules.ReconcileAsync(World.Key, Ct);
        await schedules.ReconcileAsync(World.Key, Ct);

        Assert.Equal((TimeSpan.FromSeconds(90), 1), (first?.After, world.Writes));
        Assert.Empty(world.Backups);
        clock.Advance(first!.After);
        await schedules.ReconcileAsync(World.Key, Ct);
        Assert.Equal("cortex-full-20260301t0002z", Assert.Single(world.Backups).Metadata.Name);
        // The resource and the record.
        Assert.Equal(3, world.Writes);
    }

    /// <summary>A machine that sleeps does not count the time, so no delay is long.</summary>
    [Fact]
    public async Task A_time_that_is_far_away_is_looked_for_again_and_again()
    {
        world.Schedule(new() { Full = "@yearly" });

        Assert.InRange((await schedules.ReconcileAsync(World.Key, Ct))!.After, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
        Assert.Equal(1, world.Writes);
    }

    [Fact]
    public async Task Nothing_is_written_during_a_promotion_and_before_the_first_report()
    {
        world.Schedule(new() { Full = "* * * * *" });
        var sound = world.Status!;
        world.Status = sound with { Promotion = new() { From = "a", To = "b", Kind = PromotionKind.Switchover, RequestedAt = Begin } };
        Assert.NotNull(await schedules.ReconcileAsync(World.Key, Ct));
        world.Status = null;
        Assert.NotNull(await schedules.ReconcileAsync(World.Key, Ct));

        Assert.Equal((0, 0), (world.Writes, world.Backups.Count));
    }

    [Fact]
    public async Task A_gap_in_the_archive_gets_one_full_backup_also_without_a_schedule_and_during_a_promotion()
    {
        var gap = new ArchiveGapStatus { GivenUp = "000000010000000000000005", At = Begin };
        world.Status = world.Status! with
        {
            Promotion = new() { From = "a", To = "b", Kind = PromotionKind.Switchover, RequestedAt = Begin },
            Backup = new() { Folder = "folder", Archive = new() { BacklogSegments = 4, Gap = gap } },
        };
        for (var pass = 0; pass < 3; pass++)
        {
            await schedules.ReconcileAsync(World.Key, Ct);
        }

        var backup = Assert.Single(world.Backups);
        Assert.Equal(("cortex-gap-000000010000000000000005", BackupType.Full), (backup.Metadata.Name, backup.Spec.Type));
    }

    [Fact]
    public async Task A_schedule_that_is_taken_away_leaves_no_record_and_no_backup_that_was_not_begun()
    {
        world.Schedule(new() { Full = "* * * * *" });
        await schedules.ReconcileAsync(World.Key, Ct);
        clock.Advance(TimeSpan.FromMinutes(1));
        await schedules.ReconcileAsync(World.Key, Ct);
        Assert.Single(world.Backups);

        world.Schedule(null);

        Assert.Null(await schedules.ReconcileAsync(World.Key, Ct));
        Assert.Empty(world.Backups);
        Assert.Null(world.Status?.Backup?.Schedule);
    }

    [Theory]
    [InlineData("UTC", "2026-06-01T02:00:00Z")]
    [InlineData("Etc/UTC", "2026-06-01T02:00:00Z")]
    [InlineData("Europe/Berlin", "2026-06-01T00:00:00Z")]
    [InlineData("America/New_York", "2026-06-01T06:00:00Z")]
    public async Task A_line_is_read_in_its_time_zone(string zone, string next)
    {
        Assert.SkipUnless(zone.EndsWith("UTC", StringComparison.Ordinal) || File.Exists($"/usr/share/zoneinfo/{zone}"), "no tzdata");
        world.Schedule(new() { Full = "0 2 1 6 *", TimeZone = zone });

        await schedules.ReconcileAsync(World.Key, Ct);

        Assert.Equal(DateTimeOffset.Parse(next, null), world.Status?.Backup?.Schedule?.Next);
    }

    [Theory, InlineData("Europe/Berln"), InlineData("leapseconds"), InlineData("Local")]
    public async Task A_time_zone_that_the_machine_does_not_know_is_no_other_one(string zone)
    {
        world.Schedule(new() { Full = "* * * * *", TimeZone = zone });
        await schedules.ReconcileAsync(World.Key, Ct);
        clock.Advance(TimeSpan.FromMinutes(5));

        await schedules.ReconcileAsync(World.Key, Ct);

        Assert.Empty(world.Backups);
        Assert.True(zone == "Local" || world.Status?.Backup?.Schedule?.Reason == Reasons.UnknownTimeZone);
    }

    /// <summary>
    /// Days of an operator that is ended between any two writes, is down for a while, has an old view of the backups, and whose backups
    /// take their time and may fail.
    /// </summary>
    [Theory]
    [InlineData("*/5 * * * *", "* * * * *")]
    [InlineData("0 */2 * * *", "*/10 * * * *")]
    [InlineData("30 1 * * *", "30 * * * *")]
    [InlineData("0 2 * * *", null)]
    public async Task No_time_makes_two_backups_and_the_newest_time_has_one(string full, string? incremental)
    {
        var spec = new ScheduleSpec { Full = full, Incremental = incremental };
        var times = BackupSchedule.Of(spec, TimeZoneInfo.Utc)!;
        foreach (var seed in Enumerable.Range(0, 15))
        {
            var random = new Random(seed);
            world.Clear();
            world.Schedule(spec);
            await schedules.ReconcileAsync(World.Key, Ct);
            var begun = clock.GetUtcNow();
            for (var step = 0; step < 200; step++)
            {
                clock.Advance(TimeSpan.FromSeconds(random.Next(10) == 0 ? random.Next(20_000) : random.Next(300)));
                world.Live(random);
                world.WritesUntilKill = random.Next(3) == 0 ? random.Next(3) : null;
                await LookAsync();
            }

            world.WritesUntilKill = null;
            world.EndAll();
            await LookAsync();
            world.EndAll();
            await LookAsync();

            AssertSound(times, begun, seed);
        }
    }

    private async Task LookAsync()
    {
        try
        {
            await schedules.ReconcileAsync(World.Key, Ct);
        }
        catch (KilledException)
        {
        }
    }

    private void AssertSound(BackupSchedule times, DateTimeOffset begun, int seed)
    {
        var now = clock.GetUtcNow();
        var created = world.Created;
        Assert.Equal(created.Count, created.Distinct().Count());
        Assert.All(created, backup => Assert.True(backup.At > begun && backup.At <= now, $"{seed}"));
        Assert.All(created, backup => Assert.Equal(backup.At, times.Next(backup.At.AddSeconds(-1))?.At));
        Assert.All(world.Started, entry => Assert.True(entry.At <= entry.StartedAt, $"{seed}"));
        // Every time that has come was made, or something that copies as much began later: nothing is due.
        var due = times.Due(
            type => created.Where(backup => backup.Type <= type).Select(backup => backup.At)
                .Concat(world.Started.Where(entry => entry.Type <= type).Select(entry => entry.StartedAt)).Append(begun).Max(),
            now);
        Assert.True(due is null, $"seed {seed}: {due} was not made at {now}");
    }

    private sealed class KilledException : Exception;
}
