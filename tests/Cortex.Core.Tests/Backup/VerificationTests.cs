using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Backup;

/// <summary>When a restore test is made, and what is reported about it. <see cref="Now"/> is at noon.</summary>
public sealed class VerificationTests
{
    private const string Damage = "2026-01-01 12:00:00.000 P00  ERROR: [026]: actual checksum does not match\nverify: took 7";

    private static readonly VerifySpec Daily = new() { Schedule = "0 4 * * *" };

    private static readonly VerificationStatus Recorded = new() { Request = "0 4 * * *, UTC", HandledUntil = Now };

    private static readonly VerificationOrder Order = new()
    {
        StartedAt = Now.AddMinutes(-1), Backup = "20260101-000000F", StoppedAt = Now.AddHours(-12), Needs = 1, Request = "now",
    };

    [Fact]
    public void A_cluster_that_asks_for_no_test_has_no_record() => Assert.Equal(
        (null, new VerificationAction.Rest()), Decided(Decide(null, null)));

    [Fact]
    public void A_new_schedule_begins_now() => Assert.Equal(
        (Recorded with { Next = Now.AddHours(16) }, new VerificationAction.Rest()), Decided(Decide(Daily, null)));

    [Fact]
    public void Missed_times_are_caught_up_by_one_test_of_the_newest_backup()
    {
        var start = Assert.IsType<VerificationAction.Start>(Decide(Daily, Recorded with { HandledUntil = Now.AddYears(-1) }).Action);

        Assert.Equal("20260101-000000F", start.Backup.Label);
    }

    [Fact]
    public void A_test_is_requested_by_a_new_value_of_the_annotation()
    {
        Assert.IsType<VerificationAction.Start>(Decide(null, null, request: "a").Action);
        Assert.IsType<VerificationAction.Start>(Decide(Daily, Recorded with { HandledRequest = "a" }, request: "b").Action);
        Assert.IsType<VerificationAction.Rest>(Decide(Daily, Recorded with { HandledRequest = "a" }, request: "a").Action);
    }

    [Fact]
    public void Before_the_first_backup_a_time_is_not_done()
    {
        var due = Recorded with { HandledUntil = Now.AddDays(-1) };

        var decision = Decide(Daily, due, isEmpty: true);

        Assert.Equal((due.HandledUntil, new VerificationAction.Rest()), (decision.Status!.HandledUntil, decision.Action));
        Assert.IsType<VerificationAction.Wait>(Decide(Daily, due, isRead: false).Action);
    }

    [Fact]
    public void A_running_container_is_recorded_and_left_alone() => Assert.Equal(
        (VerificationDecision.Started(Recorded with { Next = Now.AddHours(16) }, Order), new VerificationAction.Watch()),
        Decided(Decide(Daily, Recorded, new(Order, null, ""))));

    [Fact]
    public void A_container_that_is_gone_without_a_receipt_begins_again() => Assert.IsType<VerificationAction.Start>(
        Decide(Daily, Recorded with { StartedAt = Now.AddMinutes(-1), Backup = "20260101-000000F" }).Action);

    [Fact]
    public void A_container_whose_result_was_recorded_is_removed()
    {
        var receipt = VerificationEnd.Of(Order, 1, Damage);

        Assert.IsType<VerificationAction.Remove>(Decide(Daily, Recorded, new(Order, 1, Damage), receipt).Action);
        Assert.IsType<VerificationAction.Conclude>(
            Decide(Daily, Recorded, new(Order, 1, Damage), receipt with { StartedAt = Now.AddDays(-1) }).Action);
    }

    /// <summary>The retention removed the backup in the middle of its restore, which is no damage.</summary>
    [Fact]
    public void A_failed_test_of_a_backup_that_has_expired_begins_again_with_the_newest_one()
    {
        var job = new VerificationJobSeen(Order with { Backup = "20250101-000000F" }, 1, Damage);

        Assert.IsType<VerificationAction.Start>(Decide(Daily, Recorded, job).Action);
        Assert.IsType<VerificationAction.Wait>(Decide(Daily, Recorded, job, isRead: false).Action);
    }

    [Fact]
    public void A_test_that_does_not_end_is_given_up()
    {
        var job = new VerificationJobSeen(Order with { StartedAt = Now.AddDays(-2) }, null, "");

        var end = Assert.IsType<VerificationAction.Conclude>(Decide(Daily, Recorded, job).Action);

        Assert.Equal(VerificationVerdicts.Skipped, end.Receipt.Verdict);
    }

    [Fact]
    public void A_container_that_cannot_start_is_given_up_with_the_reason_after_a_while()
    {
        const string problem = "Unschedulable: no volume";
        var young = new VerificationJobSeen(Order with { StartedAt = Now.AddMinutes(-1) }, null, "") { StartProblem = problem };
        Assert.IsType<VerificationAction.Watch>(Decide(Daily, Recorded, young).Action);

        var old = young with { Order = Order with { StartedAt = Now.AddMinutes(-11) } };
        var end = Assert.IsType<VerificationAction.Conclude>(Decide(Daily, Recorded, old).Action);

        Assert.Equal(VerificationVerdicts.Skipped, end.Receipt.Verdict);
        Assert.Contains(problem, end.Receipt.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_repository_a_container_is_removed() => Assert.IsType<VerificationAction.Remove>(
        VerificationDecision.Of(Cluster(new()), new(Order, null, ""), null, TimeZoneInfo.Utc, Now).Action);

    [Theory]
    [InlineData(null, null, "spec.backup.verify.schedule")]
    [InlineData("0 24 * * *", null, "spec.backup.verify.schedule")]
    [InlineData("@daily", "Local", "spec.backup.verify.timeZone")]
    public void A_field_that_is_wrong_is_named(string? schedule, string? zone, string path) => Assert.Equal(
        path, Assert.Single(Validity.Of(Tested(new() { Schedule = schedule, TimeZone = zone }, null, null))).Path);

    [Fact]
    public void A_sound_request_is_valid() => Assert.Empty(Validity.Of(Tested(Daily with { TimeZone = "Europe/Berlin" }, null, null)));

    [Fact]
    public void The_time_zone_is_that_of_the_schedule_of_backups_unless_it_is_named()
    {
        var backup = new BackupSpec { Schedule = new() { Full = "@daily", TimeZone = "Europe/Berlin" }, Verify = Daily };

        Assert.Equal("Europe/Berlin", VerificationDecision.ZoneOf(backup));
        Assert.Equal("Asia/Tokyo", VerificationDecision.ZoneOf(backup with { Verify = Daily with { TimeZone = "Asia/Tokyo" } }));
        Assert.Equal("UTC", VerificationDecision.ZoneOf(backup with { Schedule = null }));
    }

    [Theory]
    [InlineData("Asia/Tokio", "spec.backup.verify.timeZone: \"Asia/Tokio\" is not a time zone of this machine")]
    [InlineData(null, "spec.backup.schedule.timeZone: \"Europe/Berln\" is not a time zone of this machine")]
    public void An_unknown_time_zone_is_said_with_the_field_that_names_it(string? own, string words)
    {
        var cluster = Tested(Daily with { TimeZone = own }, null, null);
        cluster.Spec = cluster.Spec with
        {
            Backup = cluster.Spec.Backup! with { Schedule = new() { Full = "@daily", TimeZone = "Europe/Berln" } },
        };

        var status = VerificationDecision.Of(cluster, null, Repository, null, Now).Status;

        Assert.Equal(Reasons.UnknownTimeZone, status?.Reason);
        Assert.StartsWith(words, status?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_condition_and_the_event_say_what_came_of_the_last_test()
    {
        var good = new VerificationReceipt
        {
            Verdict = VerificationVerdicts.Succeeded, Backup = "L", StartedAt = Now, DurationSeconds = 41, MissingTransactions = 0,
        };
        var bad = VerificationEnd.Of(Order, 1, Damage);
        var skipped = VerificationEnd.Of(Order, 75, "");

        Assert.Null(Condition(null, null));
        Assert.Equal(("Unknown", Reasons.NotObserved), Short(Condition(Daily, null)));
        Assert.Equal(("True", Reasons.Verified), Short(Condition(Daily, good)));
        Assert.Equal(("True", Reasons.Verified), Short(Condition(null, good)));
        Assert.Equal(("False", Reasons.VerificationFailed), Short(Condition(Daily, bad)));
        Assert.Equal(("Unknown", Reasons.VerificationSkipped), Short(Condition(Daily, skipped)));
        Assert.Equal(
            "the restore test of 20260101-000000F at 2026-01-01 11:59:00Z failed: [026]: actual checksum does not match",
            Condition(Daily, bad)?.Message);
        Assert.Equal(
            [(false, EventReasons.BackupVerified), (true, EventReasons.VerificationFailed), (true, EventReasons.VerificationSkipped)],
            new[] { good, bad, skipped }.Select(VerificationReport.Event).Select(one => (one.Warning, one.Reason)));
    }

    private static VerificationDecision Decide(
        VerifySpec? spec,
        VerificationStatus? recorded,
        VerificationJobSeen? job = null,
        VerificationReceipt? receipt = null,
        string? request = null,
        bool isRead = true,
        bool isEmpty = false)
    {
        var cluster = Tested(spec, recorded, receipt);
        cluster.Metadata.Annotations = request is null ? null : new Dictionary<string, string> { [Annotations.VerifyBackup] = request };
        var repository = !isRead ? null : isEmpty ? new RepositorySeen(true, [], null) : Repository;
        return VerificationDecision.Of(cluster, job, repository, TimeZoneInfo.Utc, Now);
    }

    private static (VerificationStatus?, VerificationAction) Decided(VerificationDecision decision) => (decision.Status, decision.Action);

    private static RepositorySeen Repository { get; } = new(
        true,
        [
            new("20251201-000000F", "full", Now.AddDays(-31), Now.AddDays(-31), "1", "1", 1, 1, false),
            new("20260101-000000F", "full", Now.AddHours(-12), Now.AddHours(-12), "2", "2", 1, 1, false),
        ],
        "000000010000000000000002");

    private static Condition? Condition(VerifySpec? spec, VerificationReceipt? receipt)
    {
        var cluster = Tested(spec, null, receipt);
        return StatusReport.Build(new Situation(cluster, Sound(2), Now), Plan(cluster, Sound(2)), new PassOutcome(null, null))
            .Conditions.SingleOrDefault(condition => condition.Type == ConditionTypes.BackupVerified);
    }

    private static (string?, string?) Short(Condition? condition) => (condition?.Status, condition?.Reason);

    private static CortexCluster Tested(VerifySpec? spec, VerificationStatus? recorded, VerificationReceipt? receipt)
    {
        var backup = new BackupSpec { Repository = new() { Directory = new() { Volume = "backups" } }, Verify = spec };
        var folder = RepositoryFile.Folder(new("default", "cortex"), Cluster(new()).Metadata.Uid);
        return Cluster(
            new() { Backup = backup },
            Led() with { Backup = new() { Folder = folder, Verification = recorded, LastVerification = receipt } });
    }
}
