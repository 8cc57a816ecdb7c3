using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Backup;

/// <summary>What is planned and reported for a cluster with a repository.</summary>
public sealed class ArchiveTests
{
    private static readonly ClusterSpec Spec = new() { Backup = new() { Repository = new() { Directory = new() { Volume = "backups" } } } };

    private static readonly ImageFacts Able = Image with { BackupVersion = "2.55.1" };

    private static readonly BackupSeen First = Made("20260101-100000F", Now.AddHours(-2));

    private static readonly BackupSeen Last = Made("20260101-110000F_20260101-113000I", Now.AddMinutes(-30)) with { Type = "incr" };

    public static TheoryData<string, BackupSpec> Invalid => new()
    {
        { "spec.backup.repository.directory.volume", new() },
        { "spec.backup.repository.directory.volume", In("Backups") },
        { "spec.backup.repository.directory.volume", In("../etc") },
        { "spec.backup.repository.directory.volume", In("backups\n") },
        { "spec.backup.repository.directory.volume", In("cortex-s1-data") },
        { "spec.backup.repository.directory.volume", In(new string('a', 129)) },
        { "spec.backup.repository.directory.size", In(new DirectoryRepositorySpec { Volume = "backups", Size = "0Gi" }) },
        { "spec.backup.repository.directory.size", In(new DirectoryRepositorySpec { Volume = "backups", Size = "much" }) },
        { "spec.backup.maximumBacklog", In("backups") with { MaximumBacklog = "63Mi" } },
        { "spec.backup.maximumBacklog", In("backups") with { MaximumBacklog = "much" } },
        { "spec.backup.retention.full", In("backups") with { Retention = new() { Full = 0 } } },
        { "spec.backup.retention.full", In("backups") with { Retention = new() { Full = 1001 } } },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void What_is_wrong_with_the_repository_is_said_by_its_field(string path, BackupSpec backup) =>
        Assert.Equal(path, Assert.Single(Validity.Of(Cluster(new() { Backup = backup }))).Path);

    [Fact]
    public void Clusters_may_share_a_volume() => Assert.Empty(Validity.Of(Cluster(new() { Backup = In("other-s1-data.d") })));

    [Fact]
    public void A_claim_can_be_described_for_Kubernetes()
    {
        var described = new DirectoryRepositorySpec
        {
            Volume = "backups", Size = "100Gi", ClassName = "shared", AccessMode = ClaimAccessMode.ReadWriteOnce,
        };
        Assert.Empty(Admission.Judge(null, Cluster(new() { Backup = In(described) })).Refused);
    }

    [Fact]
    public void A_repository_that_is_not_prepared_is_prepared_last()
    {
        var plan = Plan(Cluster(Spec, Led()), Seen(Archive(prepared: false)));

        Assert.Equal([new Step.PrepareRepository(Pr)], plan.Steps);
    }

    [Fact]
    public void A_repository_that_cannot_be_prepared_is_tried_again_later_and_holds_up_nothing()
    {
        var plan = Plan(Cluster(Spec, Led()), Seen(Archive(prepared: false) with { Unprepared = "[047]: no room", MayPrepare = false }));

        Assert.Empty(plan.Steps);
        Assert.Null(plan.Refusal);
        Assert.Contains("[047]: no room", Assert.Single(plan.Holds).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pod_that_was_made_without_the_volume_is_replaced_before_the_repository_is_prepared()
    {
        var seen = Seen(Archive(prepared: false)).WithPod(Pr, Pod(Pr) with { Revision = PodRevision.Of(Key, new ClusterSpec(), Pr) });

        Assert.DoesNotContain(new Step.PrepareRepository(Pr), Plan(Cluster(Spec, Led()), seen).InOrder);
    }

    [Fact]
    public void A_cluster_without_a_repository_has_neither_condition_nor_status()
    {
        var status = Report(new ClusterSpec(), Led(), null);

        Assert.Null(status.Backup);
        Assert.DoesNotContain(status.Conditions, condition => condition.Type == ConditionTypes.Archiving);
    }

    [Fact]
    public void Failing_since_is_the_first_failure_and_the_words_are_pgBackRests()
    {
        var failing = Archive() with { IsFailing = true, FailedAt = Now.AddSeconds(-3), Backlog = 7, Words = "[103]: no repository" };

        var first = Report(Spec, Led(), failing);
        var later = Report(Spec, first, failing with { FailedAt = Now.AddMinutes(5) });
        var repaired = Report(Spec, later, Archive());

        Assert.Equal((Now.AddSeconds(-3), 7), (later.Backup?.Archive?.FailingSince, later.Backup?.Archive?.BacklogSegments));
        var condition = Assert.Single(later.Conditions, found => found.Type == ConditionTypes.Archiving);
        Assert.Equal(("False", Reasons.ArchivingFails), (condition.Status, condition.Reason));
        Assert.Contains("7 segments", condition.Message, StringComparison.Ordinal);
        Assert.EndsWith("[103]: no repository", condition.Message, StringComparison.Ordinal);
        Assert.Null(repaired.Backup?.Archive?.FailingSince);
        Assert.Equal("True", Assert.Single(repaired.Conditions, found => found.Type == ConditionTypes.Archiving).Status);
    }

    [Fact]
    public void Recoverable_is_what_the_repository_holds()
    {
        var status = Report(Spec, Led(), Archive(First, Last, until: Now.AddMinutes(-1))).Backup;

        Assert.Equal((First.Stopped, Now.AddMinutes(-1)), (status?.FirstRecoverable, status?.LatestRecoverable));
        Assert.Equal(new LastBackupStatus { Label = Last.Label, Type = "Incremental", StoppedAt = Last.Stopped }, status?.LastBackup);
    }

    [Fact]
    public void Nothing_after_a_gap_is_recoverable_until_a_backup_ends_it()
    {
        var given = new ArchiveGapStatus { GivenUp = "000000010000000000000009", At = Now.AddMinutes(-10) };
        var before = Report(Spec, Led(), Archive(First, until: Now.AddMinutes(-20)));
        var open = Report(Spec, before, Archive(First, until: Now) with { GivenUp = given });
        var ended = Report(Spec, open, Archive(Last with { WalFrom = "00000001000000000000000A" }, until: Now) with { GivenUp = given });

        Assert.Equal(Now.AddMinutes(-20), open.Backup?.LatestRecoverable);
        Assert.Equal(given, open.Backup?.Archive?.Gap);
        var condition = Assert.Single(open.Conditions, found => found.Type == ConditionTypes.ArchiveGap);
        Assert.Equal(("True", Reasons.WalGivenUp), (condition.Status, condition.Reason));
        Assert.Contains(given.GivenUp, condition.Message, StringComparison.Ordinal);
        Assert.Equal((Now, null), (ended.Backup?.LatestRecoverable, ended.Backup?.Archive?.Gap));
        Assert.DoesNotContain(ended.Conditions, found => found.Type == ConditionTypes.ArchiveGap);
    }

    [Fact]
    public void An_archive_whose_last_file_was_given_up_is_failing()
    {
        var archive = Archive(First, until: Now);
        var giving = archive with { GivenUp = new ArchiveGapStatus { GivenUp = archive.LastArchived!, At = Now } };

        var condition = Assert.Single(Report(Spec, Led(), giving).Conditions, found => found.Type == ConditionTypes.Archiving);

        Assert.Equal(("False", Reasons.ArchivingFails), (condition.Status, condition.Reason));
    }

    [Fact]
    public void Without_a_backup_nothing_is_recoverable()
    {
        var before = Report(Spec, Led(), Archive(First));

        var status = Report(Spec, before, Archive(until: Now)).Backup;

        Assert.Null(status?.FirstRecoverable);
        Assert.Null(status?.LatestRecoverable);
        Assert.Null(status?.LastBackup);
    }

    [Fact]
    public void What_was_read_before_stays_while_the_repository_cannot_be_read()
    {
        var before = Report(Spec, Led(), Archive(First, until: Now.AddMinutes(-1)));

        Assert.Equal(Now.AddMinutes(-1), Report(Spec, before, Archive() with { Repository = null }).Backup?.LatestRecoverable);
        Assert.Equal(Now.AddMinutes(-1), Report(Spec, before, null).Backup?.LatestRecoverable);
    }

    [Theory, InlineData(null), InlineData("00000002.history")]
    public void How_far_the_archive_goes_stays_known_until_a_new_primary_has_archived_a_segment(string? last)
    {
        var before = Report(Spec, Led(), Archive(First));

        var after = Report(Spec, before, Archive(First) with { LastArchived = last });

        Assert.Equal("000000010000000000000003", after.Backup?.Archive?.LastArchived);
        Assert.Equal(last, Report(Spec, Led(), Archive(First) with { LastArchived = last }).Backup?.Archive?.LastArchived);
    }

    [Fact]
    public void An_image_without_pgBackRest_is_said_and_archives_nothing()
    {
        var seen = Seen(null) with { Image = new ImageSeen(Image, null) };
        var (cluster, plan) = (Cluster(Spec, Led()), Plan(Cluster(Spec, Led()), seen));
        var condition = Assert.Single(
            StatusReport.Build(new Situation(cluster, seen, Now), plan, new PassOutcome(null, null)).Conditions,
            found => found.Type == ConditionTypes.Archiving);

        Assert.Equal(("False", Reasons.BackupProgramMissing), (condition.Status, condition.Reason));
        Assert.Contains("archive_command = 'true'", Render(Image).Settings, StringComparison.Ordinal);
        Assert.Null(Render(Image).Repository);
    }

    [Fact]
    public void Each_life_of_a_cluster_has_a_folder_of_its_own_and_a_change_of_it_is_loaded()
    {
        Assert.NotEqual(Render(Able, "u1").Repository, Render(Able, "u2").Repository);
        Assert.NotEqual(Render(Able, "u1").Revision, Render(Able, "u2").Revision);
    }

    private static BackupSpec In(string volume) => In(new DirectoryRepositorySpec { Volume = volume });

    private static BackupSpec In(DirectoryRepositorySpec directory) => new() { Repository = new() { Directory = directory } };

    private static BackupSeen Made(string label, DateTimeOffset stopped) =>
        new(
            label,
            "full",
            stopped.AddSeconds(-9),
            stopped,
            "000000010000000000000002",
            "000000010000000000000003",
            Size: 100,
            Stored: 10,
            IsDamaged: false);

    private static ArchiveSeen Archive(params BackupSeen[] backups) => Archive(backups, prepared: true, until: null);

    private static ArchiveSeen Archive(bool prepared) => Archive([], prepared, until: null);

    private static ArchiveSeen Archive(BackupSeen backup, DateTimeOffset until) => Archive([backup], prepared: true, until);

    private static ArchiveSeen Archive(BackupSeen backup, BackupSeen other, DateTimeOffset until) =>
        Archive([backup, other], prepared: true, until);

    private static ArchiveSeen Archive(DateTimeOffset until) => Archive([], prepared: true, until);

    private static ArchiveSeen Archive(BackupSeen[] backups, bool prepared, DateTimeOffset? until) =>
new("000000010000000000000003", false, null, 0)
{
    Repository = new RepositorySeen(prepared, backups, "000000010000000000000003") { CompleteUntil = until },
};
    private static Observation Seen(ArchiveSeen? archive) => Sound(2, Spec) with { Image = new ImageSeen(Able, null), Archive = archive };

    private static ClusterStatus Report(ClusterSpec spec, ClusterStatus status, ArchiveSeen? archive)
    {
        var (cluster, seen) = (Cluster(spec, status), Seen(archive));
        return StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null));
    }

    private static InstanceConfiguration Render(ImageFacts image, string uid = "u") =>
        InstanceConfiguration.Render(Key, Spec, Led(), Pr, image, new Dictionary<string, string>(), [], uid: uid);
}
