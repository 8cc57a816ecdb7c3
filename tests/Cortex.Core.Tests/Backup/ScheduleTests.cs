using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Backup;

/// <summary>Which backup a schedule makes now, and what is reported about it. <see cref="Now"/> is a Thursday, at noon.</summary>
public sealed class ScheduleTests
{
    private static readonly ScheduleSpec Weekly = new() { Full = "0 2 * * 0", Incremental = "0 2 * * 1-6" };

    private static readonly DateTimeOffset Sunday = new(2025, 12, 28, 2, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_new_schedule_begins_now_and_says_what_comes_next()
    {
        var (status, make, _, _) = Decide(Weekly, recorded: null);

        Assert.Null(make);
        Assert.Equal(
            new ScheduleStatus
            {
                Request = "Full 0 2 * * 0, Incremental 0 2 * * 1-6, UTC",
                HandledUntil = Now,
                Next = new DateTimeOffset(2026, 1, 2, 2, 0, 0, TimeSpan.Zero),
                NextType = "Incremental",
            },
            status);
    }

    [Fact]
    public void A_changed_schedule_begins_now()
    {
        var before = Recorded(Weekly, Now.AddYears(-1));

        var (status, make, _, _) = Decide(Weekly with { TimeZone = "Etc/UTC" }, before);

        Assert.Null(make);
        Assert.Equal(Now, status?.HandledUntil);
    }

    [Fact]
    public void Nothing_is_recorded_again_until_the_next_time()
    {
        var status = Decide(Weekly, recorded: null).Status!;

        var later = Decide(Weekly, status, now: Now.AddHours(13));

        Assert.Equal((status, null), (later.Status, later.Make));
    }

    [Fact]
    public void A_time_that_has_come_makes_a_backup_whose_name_says_which()
    {
        var (status, make, _, _) = Decide(Weekly, Recorded(Weekly, Now.AddHours(-12)));

        Assert.Equal(("cortex-incremental-20260101t0200z", "default"), (make?.Metadata.Name, make?.Metadata.NamespaceProperty));
        Assert.Equal(
            new CortexBackupSpec { Cluster = "cortex", Type = BackupType.Incremental, ScheduledAt = Now.AddHours(-10) }, make?.Spec);
        Assert.Equal(
            (Now, Now.AddHours(-10), "cortex-incremental-20260101t0200z", Now.AddHours(14)),
            (status?.HandledUntil, status?.LastScheduled, status?.LastBackup, status?.Next));
        Assert.Null(Decide(Weekly, status, made: [make!]).Make);
    }

    /// <summary>Ten Sundays and all the days between were missed.</summary>
    [Fact]
    public void Missed_times_are_caught_up_by_one_backup_of_the_most_complete_type()
    {
        var (status, make, _, _) = Decide(Weekly, Recorded(Weekly, Now.AddDays(-70)));

        Assert.Equal((BackupType.Full, Sunday), (make?.Spec.Type, make?.Spec.ScheduledAt));
        Assert.Null(Decide(Weekly, status, made: [Over(make!, BackupPhases.Completed, Now)]).Make);
    }

    [Fact]
    public void At_the_time_of_two_types_only_the_most_complete_one_is_made()
    {
        ScheduleSpec both = new() { Full = "0 12 * * *", Differential = "0 * * * *", Incremental = "* * * * *" };

        var (status, make, _, _) = Decide(both, Recorded(both, Now.AddMinutes(-1)));

        Assert.Equal((BackupType.Full, Now), (make?.Spec.Type, make?.Spec.ScheduledAt));
        Assert.Equal(("Incremental", Now.AddMinutes(1)), (status?.NextType, status?.Next));
        var late = Now.AddMinutes(59);
        Assert.Equal("Differential", Decide(both, Recorded(both, late), late).Status?.NextType);
    }

    [Fact]
    public void A_backup_that_was_made_before_an_interruption_is_recorded_and_not_made_again()
    {
        var before = Recorded(Weekly, Now.AddHours(-12));
        var made = Decide(Weekly, before).Make!;

        var (status, again, _, _) = Decide(Weekly, before, made: [made]);
        Assert.Null(again);
        Assert.Equal((made.Metadata.Name, made.Spec.ScheduledAt), (status?.LastBackup, status?.LastScheduled));
        Assert.Null(Decide(Weekly, before, made: [Over(made, BackupPhases.Failed, Now)]).Make);
        // The next time comes all the same.
        var next = Decide(Weekly, before, Now.AddHours(15), Over(made, BackupPhases.Failed, Now));
        Assert.Equal(Now.AddHours(14), next.Make?.Spec.ScheduledAt);
    }

    [Theory, InlineData(null), InlineData(BackupPhases.Pending), InlineData(BackupPhases.Running)]
    public void A_backup_in_progress_is_waited_for_and_then_one_is_made(string? phase)
    {
        var before = Recorded(Weekly, Now.AddHours(-12));
        var other = ByUser("other", phase, startedAt: phase == BackupPhases.Running ? Now.AddHours(-11) : null);

        Assert.Null(Decide(Weekly, before, made: [other]).Make);
        Assert.NotNull(Decide(Weekly, before, made: [Over(other, BackupPhases.Completed, Now.AddHours(-11))]).Make);
    }

    [Fact]
    public void A_backup_that_began_after_the_time_takes_the_place_of_one_that_copies_no_more()
    {
        var before = Recorded(Weekly, Now.AddHours(-12));
        var full = Over(ByUser("other", null, null), BackupPhases.Completed, Now.AddHours(-1));

        Assert.Null(Decide(Weekly, before, made: [full]).Make);
        var less = Over(ByUser("other", null, null, BackupType.Incremental), BackupPhases.Completed, Now.AddHours(-1));
        var daily = new ScheduleSpec { Full = "0 2 * * *" };
        Assert.NotNull(Decide(daily, Recorded(daily, before.HandledUntil), made: [less]).Make);
        Assert.NotNull(Decide(Weekly, before, made: [Over(full, BackupPhases.Failed, Now.AddHours(-1))]).Make);
    }

    [Fact]
    public void A_clock_that_was_set_back_does_not_stop_the_schedule()
    {
        var (status, make, _, _) = Decide(Weekly, Recorded(Weekly, Now.AddYears(10)));

        Assert.Equal((Now, null), (status?.HandledUntil, make));
        var made = Over(ByUser("other", null, null), BackupPhases.Completed, Now.AddYears(10));
        Assert.NotNull(Decide(Weekly, status, Now.AddDays(1), made).Make);
    }

    [Fact]
    public void Only_expired_and_old_failed_backups_of_the_schedule_are_removed()
    {
        CortexBackup[] made =
        [
            .. Enumerable.Range(1, 5).Select(day => Scheduled(BackupPhases.Failed, Now.AddDays(-day))),
            Scheduled(BackupPhases.Expired, Now.AddDays(-9)), Scheduled(BackupPhases.Completed, Now.AddDays(-10)),
            Over(ByUser("of-a-user", null, null), BackupPhases.Expired, Now.AddDays(-20)),
            Over(ByUser("too", null, null), BackupPhases.Failed, Now.AddDays(-21)),
        ];

        var removed = Decide(Weekly, Recorded(Weekly, Now), made: made).Remove;

        Assert.Equal(new[] { made[5], made[3], made[4] }, removed);
    }

    [Fact]
    public void What_was_not_begun_is_withdrawn_with_the_schedule()
    {
        CortexBackup[] made =
        [
            Scheduled(null, Now), Scheduled(BackupPhases.Pending, Now), Scheduled(BackupPhases.Running, Now),
            Scheduled(BackupPhases.Completed, Now), ByUser("of-a-user", BackupPhases.Pending, null),
        ];

        Assert.Equal(made[..2], Decide(null, Recorded(Weekly, Now), made: made).Remove);
        Assert.Null(Decide(null, Recorded(Weekly, Now)).Status);
        Assert.Equal(made[..2], ScheduleDecision.Of(null, made, null, Now).Remove);
        Assert.Empty(Decide(Weekly, Recorded(Weekly, Now), made: made).Remove);
    }

    [Fact]
    public void An_unknown_time_zone_makes_nothing_and_is_said_with_what_to_do()
    {
        var spec = Weekly with { TimeZone = "Europe/Berln" };
        var before = Recorded(spec, Now.AddDays(-3));
        var (status, make, _, _) = ScheduleDecision.Of(Cluster(spec, before), [], null, Now);

        Assert.Equal((null, null, before.HandledUntil), (make, status?.Next, status?.HandledUntil));
        var condition = Condition(spec, status);
        Assert.Equal(("False", Reasons.UnknownTimeZone), (condition?.Status, condition?.Reason));
        const string words = "spec.backup.schedule.timeZone: \"Europe/Berln\" is not a time zone";
        Assert.StartsWith(words, condition?.Message, StringComparison.Ordinal);
        // It is caught up when the machine knows it.
        var later = ScheduleDecision.Of(Cluster(spec, status!), [], TimeZoneInfo.Utc, Now);
        Assert.NotNull(later.Make);
        Assert.Null(later.Status?.Reason);
    }

    [Fact]
    public void A_failed_backup_is_a_condition_until_one_is_completed()
    {
        var failed = Scheduled(BackupPhases.Failed, Now.AddHours(-10));
        failed.Status = failed.Status! with { Message = "[082]: no WAL" };

        var status = Decide(Weekly, Recorded(Weekly, Now), made: [failed]).Status;

        var condition = Condition(Weekly, status);
        Assert.Equal(("False", Reasons.BackupFailed), (condition?.Status, condition?.Reason));
        Assert.Contains("[082]: no WAL", condition?.Message, StringComparison.Ordinal);
        var sound = Decide(Weekly, status, made: [failed, Scheduled(BackupPhases.Completed, Now.AddHours(-1))]).Status;
        Assert.Equal(("True", "the next backup is Incremental, at 2026-01-02 02:00Z"),
            (Condition(Weekly, sound)?.Status, Condition(Weekly, sound)?.Message));
        Assert.Equal("Unknown", Condition(Weekly, null)?.Status);
        Assert.Null(Condition(null, null));
    }

    public static TheoryData<string, ScheduleSpec> Invalid => new()
    {
        { "spec.backup.schedule", new() },
        { "spec.backup.schedule.full", new() { Full = "0 2 * *" } },
        { "spec.backup.schedule.differential", new() { Differential = "61 * * * *" } },
        { "spec.backup.schedule.incremental", new() { Incremental = "" } },
        { "spec.backup.schedule.incremental", new() { Incremental = $"0 {string.Join(',', Enumerable.Repeat("1", 50))} * * *" } },
        { "spec.backup.schedule.timeZone", Weekly with { TimeZone = "../etc/passwd" } },
        { "spec.backup.schedule.timeZone", Weekly with { TimeZone = "Local" } },
        { "spec.backup.schedule.timeZone", Weekly with { TimeZone = "" } },
        { "spec.backup.schedule.timeZone", Weekly with { TimeZone = new string('a', 65) } },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void What_is_wrong_with_a_schedule_is_said_by_its_field_and_makes_nothing(string path, ScheduleSpec spec)
    {
        Assert.Equal(path, Assert.Single(Validity.Of(Cluster(spec, null))).Path);
        Assert.Null(ScheduleDecision.Of(Cluster(spec, Recorded(spec, Now.AddYears(-2))), [], TimeZoneInfo.Utc, Now).Make);
    }

    [Theory, InlineData("UTC"), InlineData("Europe/Berlin"), InlineData("America/Argentina/Buenos_Aires"), InlineData("Etc/GMT+5")]
    public void A_sound_schedule_is_valid(string zone) => Assert.Empty(Validity.Of(Cluster(Weekly with { TimeZone = zone }, null)));

    private static ScheduleStatus Recorded(ScheduleSpec spec, DateTimeOffset until) =>
        new() { Request = BackupSchedule.Request(spec), HandledUntil = until };

    private static ScheduleDecision Decide(
        ScheduleSpec? spec, ScheduleStatus? recorded, DateTimeOffset? now = null, params CortexBackup[] made) =>
        ScheduleDecision.Of(Cluster(spec, recorded), made, TimeZoneInfo.Utc, now ?? Now);

    private static CortexCluster Cluster(ScheduleSpec? spec, ScheduleStatus? recorded) => Builders.Given.Cluster(
        new() { Backup = new() { Repository = new() { Directory = new() { Volume = "backups" } }, Schedule = spec } },
        Led() with { Backup = new() { Schedule = recorded, Folder = "/var/lib/cortex-backup/default/cortex/u" } });

    private static CortexBackup ByUser(string name, string? phase, DateTimeOffset? startedAt, BackupType type = BackupType.Full) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "default" },
        Spec = new() { Cluster = "cortex", Type = type },
        Status = phase is null ? null : new() { Phase = phase, StartedAt = startedAt },
    };

    private static CortexBackup Scheduled(string? phase, DateTimeOffset at) => new()
    {
        Metadata = new() { Name = ScheduleDecision.NameOf("cortex", new(BackupType.Full, at)), NamespaceProperty = "default" },
        Spec = new() { Cluster = "cortex", Type = BackupType.Full, ScheduledAt = at },
        Status = phase is null ? null : new() { Phase = phase, StartedAt = phase == BackupPhases.Pending ? null : at },
    };

    private static CortexBackup Over(CortexBackup backup, string phase, DateTimeOffset startedAt) => new()
    {
        Metadata = backup.Metadata,
        Spec = backup.Spec,
        Status = new() { Phase = phase, StartedAt = startedAt },
    };

    private static Condition? Condition(ScheduleSpec? spec, ScheduleStatus? recorded)
    {
        var (cluster, seen) = (Cluster(spec, recorded), Sound(2));
        var status = StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null));
        Assert.Equal(recorded, status.Backup?.Schedule);
        return status.Conditions.SingleOrDefault(condition => condition.Type == ConditionTypes.BackupsScheduled);
    }
}
