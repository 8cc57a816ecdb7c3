using Cortex.Core.Api;
using Cortex.Core.Backup;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Backup;

/// <summary>What is done next for a backup, whatever was cut off.</summary>
public sealed class BackupProgressTests
{
    private const string Done =
        "P00   INFO: new backup label = 20261128-001541F\nP00   INFO: backup command end: completed successfully (8507ms)";

    private static readonly CortexBackupStatus Running = new() { Phase = BackupPhases.Running, Instance = Pr };

    private static readonly BackupJobSeen Ours = new("uid", null, "");

    [Fact]
    public void A_backup_is_made_from_the_primary() => Assert.Equal(new BackupAction.Start(Pr), Next(null, Sound(), null));

    [Fact]
    public void It_waits_for_a_cluster_that_archives()
    {
        Assert.Equal(new BackupAction.Wait("there is no cluster cortex"), Next(null, null, null));
        Assert.IsType<BackupAction.Wait>(Next(null, Sound(archiving: "False"), null));
        Assert.IsType<BackupAction.Wait>(Next(null, Builders.Given.Cluster(new(), Sound().Status), null));
        Assert.IsType<BackupAction.Wait>(Next(null, Sound(primary: null), null));
        Assert.IsType<BackupAction.Wait>(Next(null, Promoting(), null));
    }

    [Fact]
    public void One_backup_at_a_time()
    {
        Assert.IsType<BackupAction.Wait>(Next(null, Sound(), Ours with { Uid = "other" }));
        Assert.Equal(new BackupAction.Start(Pr), Next(null, Sound(), Ours with { Uid = "of a deleted one", ExitCode = 0 }));
        Assert.IsType<BackupAction.Postpone>(Next(Running, Sound(), Ours with { Uid = "other" }));
    }

    [Fact]
    public void One_that_was_written_down_and_not_started_is_started() =>
        Assert.Equal(new BackupAction.Start(Pr), Next(Running, Sound(), null));

    [Fact]
    public void One_that_runs_is_watched() => Assert.IsType<BackupAction.Watch>(Next(Running, Sound(), Ours));

    [Fact]
    public void One_that_cannot_start_says_why() => Assert.Contains(
        "no such image",
        Assert.IsType<BackupAction.Wait>(Next(Running, Sound(), Ours with { StartProblem = "no such image" })).Why,
        StringComparison.Ordinal);

    [Fact]
    public void One_that_has_ended_is_looked_for_in_the_repository() =>
        Assert.Equal(new BackupAction.Confirm(Pr, "20261128-001541F"), Next(Running, Sound(), Ours with { ExitCode = 0, Output = Done }));

    [Fact]
    public void One_that_does_not_say_what_it_made_has_failed() =>
        Assert.IsType<BackupAction.Fail>(Next(Running, Sound(), Ours with { ExitCode = 0 }));

    [Fact]
    public void A_failure_is_told_in_pgBackRests_words() => Assert.Equal(
        new BackupAction.Fail(Pr, "[082]: WAL segment 000000010000000000000002 was not archived"),
        Next(Running, Sound(), EndedWith(82, "ERROR: [082]: WAL segment 000000010000000000000002 was not archived\n")));

    private static BackupJobSeen EndedWith(int exitCode, string output) => Ours with { ExitCode = exitCode, Output = output };

    [Fact]
    public void A_promotion_ends_it_and_it_begins_again()
    {
        Assert.IsType<BackupAction.Watch>(Next(Running, Promoting(), Ours));
        Assert.IsType<BackupAction.Wait>(Next(Running, Promoting(), Ours with { ExitCode = 56 }));
        Assert.Equal(Pr, Assert.IsType<BackupAction.BeginAgain>(Next(Running, Sound(primary: S1), Ours)).Instance);
        Assert.Equal(Pr, Assert.IsType<BackupAction.BeginAgain>(Next(Running, Sound(primary: S1), null)).Instance);
    }

    [Theory, InlineData(56), InlineData(57)]
    public void A_crash_of_the_server_interrupts_it_and_it_begins_again_three_times_at_most(int exitCode)
    {
        var ended = EndedWith(exitCode, "ERROR: [057]: unable to send query: server closed the connection unexpectedly\n");

        Assert.True(Assert.IsType<BackupAction.BeginAgain>(Next(Running, Sound(), ended)).IsInterruption);
        Assert.IsType<BackupAction.BeginAgain>(Next(Running with { Interruptions = 2 }, Sound(), ended));
        Assert.IsType<BackupAction.Fail>(Next(Running with { Interruptions = 3 }, Sound(), ended));
    }

    [Fact]
    public void It_waits_for_a_primary_that_does_not_answer()
    {
        var cluster = Sound();
        cluster.Status = cluster.Status! with { Instances = [new() { Name = Pr, Role = "Primary", State = InstanceStates.Unreachable }] };

        Assert.Equal(new BackupAction.Wait("the primary cortex-pr does not answer: Unreachable"), Next(null, cluster, null));
    }

    [Fact]
    public void It_fails_with_its_cluster() => Assert.IsType<BackupAction.Fail>(Next(Running, null, Ours));

    [Theory, InlineData(BackupPhases.Completed), InlineData(BackupPhases.Failed), InlineData(BackupPhases.Expired)]
    public void What_is_over_stays_over(string phase) =>
        Assert.IsType<BackupAction.Rest>(Next(new() { Phase = phase, Instance = Pr }, Sound(), null));

    private static BackupAction Next(CortexBackupStatus? status, CortexCluster? cluster, BackupJobSeen? job) => BackupProgress.Next(
        new CortexBackup
        {
            Metadata = new() { Name = "one", NamespaceProperty = "default", Uid = "uid" },
            Spec = new() { Cluster = "cortex" },
            Status = status,
        },
        cluster,
        job);

    private static CortexCluster Promoting()
    {
        var cluster = Sound();
        cluster.Status = cluster.Status! with
        {
            Promotion = new() { From = Pr, To = S1, Kind = PromotionKind.Switchover, RequestedAt = Now },
        };
        return cluster;
    }

    private static CortexCluster Sound(string? primary = Pr, string archiving = "True") => Builders.Given.Cluster(
        new() { Backup = new() { Repository = new() { Directory = new() { Volume = "backups" } } } },
        new()
        {
            Primary = primary,
            Conditions = [new() { Type = ConditionTypes.Archiving, Status = archiving, Reason = "", Message = "" }],
        });
}
