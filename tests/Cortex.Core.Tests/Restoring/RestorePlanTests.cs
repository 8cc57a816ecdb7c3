using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Planning;
using Cortex.Core.Restoring;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Restoring;

/// <summary>What is planned and reported for a cluster that is restored.</summary>
public sealed class RestorePlanTests
{
    private const string Database = Builders.Given.System;
    private const string Label = "20260101-100000F";
    private const string Folder = "/var/lib/cortex-backup/default/source/u1";

    private static readonly FromBackupSpec From = new() { Cluster = "source" };
    private static readonly ClusterSpec Spec = new() { Bootstrap = new() { FromBackup = From } };
    private static readonly string Mark = new RestoreRequest(From).Mark;

    private static readonly RepositorySeen Repository = new(
        true,
        [Made()],
        "000000010000000000000004")
    {
        MajorVersion = 17,
        CompleteUntil = Now,
    };

    private static readonly RestoreSourceSeen Source = new("backups", Folder, Repository) { Database = new() };

    /// <summary>Network, passwords and certificates are there.</summary>
    private static readonly Observation Prepared = Sound(2, Spec) with
    {
        Inventory = Sound(2, Spec).Inventory with { Pods = [], Volumes = [] },
        Postgres = new Dictionary<string, PostgresSeen>(),
        WrittenRevisions = new Dictionary<string, string>(),
        ApplicationReady = default,
        RestoreSource = Source,
    };

    private static readonly ClusterStatus Decided = new() { Primary = Pr };

    [Fact]
    public void The_first_primary_is_restored_in_place_of_initdb_and_no_standby_is_made_before_it()
    {
        var plan = Plan(Cluster(Spec), Prepared);

        Assert.Equal([new Step.DecidePrimary(Pr), new Step.CreateVolume(Pr), Restore()], plan.Steps);
    }

    [Fact]
    public void Nothing_is_made_before_the_repository_is_read()
    {
        var plan = Plan(Cluster(Spec), Nothing());

        Assert.Empty(plan.Steps);
        Assert.Contains(plan.Holds, hold => hold.Policy == "refuse-restore");
    }

    public static TheoryData<string, string, RestoreSourceSeen> Refused => new()
    {
        { Reasons.RestoreRefused, "there is no cluster", RestoreSourceSeen.Unusable("there is no cluster default/source") },
        { Reasons.RestoreRefused, "no backup yet", Source with { Repository = Repository with { Backups = [] } } },
        {
            Reasons.MajorVersionChange,
            "the backup is of PostgreSQL 15; name an image with 15",
            Source with { Repository = Repository with { MajorVersion = 15 } }
        },
        {
            Reasons.RestoreRefused,
            "spec.database: it says app, owned by app, and the backup has shop, owned by app",
            Source with { Database = new() { Name = "shop" } }
        },
    };

    [Theory, MemberData(nameof(Refused))]
    public void An_impossible_restore_is_refused_with_the_reason_before_anything_is_made(
        string reason, string words, RestoreSourceSeen source)
    {
        var (cluster, seen) = (Cluster(Spec), Nothing() with { RestoreSource = source });
        var plan = Plan(cluster, seen);

        Assert.Empty(plan.Steps);
        Assert.Equal(reason, plan.Refusal?.Reason);
        Assert.Contains(words, plan.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_moment_out_of_range_is_a_condition_and_one_event_with_both_moments()
    {
        var spec = Spec with { Bootstrap = new() { FromBackup = From with { Target = new() { Time = "2025-01-01T00:00:00Z" } } } };
        var seen = Nothing() with { RestoreSource = Source };
        var first = Report(Cluster(spec), seen);
        var again = Report(Cluster(spec, first), seen);

        var ready = first.Conditions.Single(condition => condition.Type == ConditionTypes.Ready);
        Assert.Equal(("False", Reasons.RestoreRefused), (ready.Status, ready.Reason));
        const string range = "the first moment that can be restored is 2026-01-01T11:00:01Z, the last is 2026-01-01T12:00:00Z";
        Assert.EndsWith(range, ready.Message, StringComparison.Ordinal);
        var told = Assert.Single(ClusterEvents.Between(null, first));
        Assert.Equal((true, Reasons.RestoreRefused), (told.Warning, told.Reason));
        Assert.Empty(ClusterEvents.Between(first, again));
    }

    [Fact]
    public void A_restore_in_progress_is_waited_for_and_reported()
    {
        Dictionary<string, RestoreProgress> progress = new() { [Pr] = new(RestorePhases.Copying, "1.0 of 2.0 GB copied") };
        var seen = Prepared with { RestoreSource = null, Restoring = progress };
        seen = seen with { Inventory = seen.Inventory with { Jobs = [Job()], Volumes = [new("cortex-pr-data", Pr)] } };
        var cluster = Cluster(Spec, Begun());

        Assert.Empty(Plan(cluster, seen).Steps);
        Assert.Contains("1.0 of 2.0 GB copied", Assert.Single(Plan(cluster, seen).Holds).Why, StringComparison.Ordinal);
        var status = Report(cluster, seen);
        Assert.Equal((RestorePhases.Copying, "1.0 of 2.0 GB copied"), (status.Restore?.Phase, status.Restore?.Progress));
        var instance = status.Instances.Single(instanceStatus => instanceStatus.Name == Pr);
        Assert.Equal((InstanceStates.Restoring, "1.0 of 2.0 GB copied"), (instance.State, instance.Progress));
    }

    [Fact]
    public void The_end_of_a_restore_is_read_and_then_the_primary_is_started_and_never_initialised()
    {
        var ended = Prepared with
        {
            Inventory = Prepared.Inventory with { Jobs = [Job() with { ExitCode = 0 }], Volumes = [new("cortex-pr-data", Pr)] },
        };
        var restored = Decisions.Restored(Begun(), Database, 3, "app", Now);

        Assert.Equal([new Step.FinishRestore(Pr)], Plan(Cluster(Spec, Begun()), ended).Steps);
        var after = Plan(Cluster(Spec, restored), ended);
        Assert.Contains(new Step.StartPod(Pr), after.InOrder);
        Assert.DoesNotContain(after.InOrder, step => step is Step.Initialise or Step.Restore or Step.FinishRestore);
        Assert.Equal((3, Database, "app"), (restored.Timeline, restored.SystemIdentifier, restored.Database));
        Assert.Equal(RestorePhases.Completed, restored.Restore?.Phase);
    }

    [Fact]
    public void A_restore_for_a_request_that_was_edited_is_replaced()
    {
        var seen = Prepared with { Inventory = Prepared.Inventory with { Jobs = [Job() with { Restore = "another" }] } };

        Assert.Contains(Plan(Cluster(Spec, Begun()), seen).InOrder, step => step is Step.Restore);
    }

    [Fact]
    public void A_restore_that_failed_for_good_is_not_tried_again_until_the_request_is_edited()
    {
        var failed = Decisions.RestoreFailed(Begun(), "the target was not reached");

        var refusal = Plan(Cluster(Spec, failed), Prepared).Refusal;
        Assert.Equal((Reasons.RestoreFailed, "the target was not reached"), (refusal?.Reason, refusal?.Message));
        var edited = Spec with { Bootstrap = new() { FromBackup = From with { Target = new() { Backup = Label } } } };
        Assert.Contains(Plan(Cluster(edited, failed), Prepared).InOrder, step => step is Step.Restore);
    }

    [Fact]
    public void Data_of_an_earlier_cluster_are_never_mixed_with_a_restore()
    {
        var seen = Prepared with
        {
            Inventory = Prepared.Inventory with { Volumes = [new("cortex-pr-data", Pr)] },
            Data = new Dictionary<string, DataSeen> { [Pr] = new(Database, 1, false) },
        };
        var plan = Plan(Cluster(Spec), seen);

        Assert.Equal(Reasons.Conflict, plan.Refusal?.Reason);
        Assert.Empty(plan.Steps);
    }

    [Fact]
    public void Data_of_this_restore_are_taken_up_also_where_the_source_is_gone()
    {
        var seen = Prepared with
        {
            Inventory = Prepared.Inventory with { Volumes = [new("cortex-pr-data", Pr)] },
            Data = new Dictionary<string, DataSeen> { [Pr] = new(Database, 2, false) { Restored = Mark } },
            RestoreSource = RestoreSourceSeen.Unusable("there is no cluster default/source"),
        };

        Assert.Equal([new Step.RecordRestored(Database, 2), new Step.DecidePrimary(Pr)], Plan(Cluster(Spec), seen).Steps);
    }

    [Fact]
    public void What_a_cluster_with_data_was_made_from_changes_nothing() =>
        Assert.True(Plan(Cluster(Spec, Led()), Sound(2, Spec)).IsIdle);

    private static JobSeen Job() => JobSeen.OfRestore(Pr, Mark) with { Image = ClusterSpec.DefaultImage };

    private static BackupSeen Made() => new(
        Label, "full", Now.AddHours(-1), Now.AddHours(-1), "000000010000000000000002", "000000010000000000000003", 2000, 100, false);

    private static Step.Restore Restore() => new(Pr, "backups", Folder, Label)
    {
        Range = RestoreChoice.Range(Repository),
        Size = 2000,
    };

    private static ClusterStatus Begun() => Decisions.Restoring(Decided, Restore(), new RestoreRequest(From), Now);

    private static ClusterStatus Report(CortexCluster cluster, Observation seen) =>
        StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null));
}
