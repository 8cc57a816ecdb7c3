using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>Which instances exist, what is adopted, and what is removed.</summary>
public sealed class TopologyTests
{
    private static readonly Observation Founded = Sound() with
    {
        Inventory = Sound().Inventory with { Pods = [], Volumes = [] },
        Postgres = new Dictionary<string, PostgresSeen>(),
        ApplicationReady = default,
    };

    [Fact]
    public void The_first_primary_is_decided_upon_before_it_is_made_and_its_standbys_wait_for_it_by_themselves()
    {
        var steps = Plan(Cluster(), Founded).Steps;

        Assert.Equal(new Step.DecidePrimary(Pr), steps[0]);
        Assert.Equal(
            [
                [new Step.CreateVolume(Pr), new Step.Initialise(Pr), new Step.StartPod(Pr)],
                [new Step.CreateVolume(S1), new Step.Join(S1, Pr)],
            ],
            Assert.IsType<Step.Together>(steps[1]).Lanes);
    }

    [Fact]
    public void A_known_database_is_configured_and_started_and_never_initialised() => Assert.Equal(
        [new Step.Configure(Pr, "it is to be started"), new Step.StartPod(Pr)],
        Plan(Cluster(null, Led()), Sound().WithPod(Pr, null).WithPostgres(Pr, null)).Flat());

    [Theory, InlineData(1, false), InlineData(61, true)]
    public void What_the_job_of_a_restore_has_just_written_is_not_written_again(int secondsAgo, bool written)
    {
        var restored = Led() with
        {
            Restore = new()
            {
                Phase = RestorePhases.Completed, Request = "", Folder = "", Backup = "", Target = "",
                CompletedAt = Now.AddSeconds(-secondsAgo),
            },
        };
        var seen = Sound().WithPod(Pr, null).WithPostgres(Pr, null);
        var unknown = seen with { WrittenRevisions = new Dictionary<string, string>() };

        Assert.Equal(written, Plan(Cluster(null, restored), seen).Flat().Any(step => step is Step.Configure));
        Assert.Contains(Plan(Cluster(null, restored), unknown).Flat(), step => step is Step.Configure);
    }

    [Fact]
    public void A_primary_whose_volume_is_gone_is_not_created_again() => Assert.Equal(
        new Refusal(
            Reasons.DataMissing, "the volume of the primary cortex-pr is gone", "promote a standby that has the data: set spec.promote"),
        Plan(Cluster(null, Led()), Sound().WithPod(Pr, null).WithPostgres(Pr, null).WithoutVolume(Pr)).Refusal);

    [Theory]
    [InlineData(PodState.Exited, 3, true)]
    [InlineData(PodState.Exited, 1, false)]
    [InlineData(PodState.Created, 0, true)]
    [InlineData(PodState.Paused, 0, false)]
    [InlineData(PodState.Running, 0, false)]
    public void A_stopped_pod_is_started_in_place_once_podman_had_its_turn(PodState state, int secondsAgo, bool starts)
    {
        var seen = Sound().WithPostgres(Pr, null)
            .WithPod(Pr, Pod(Pr, state, state == PodState.Exited ? Now.AddSeconds(-secondsAgo) : null));
        var plan = Plan(Cluster(null, Led()), seen);

        Assert.Equal(starts ? [new Step.StartPod(Pr)] : [], plan.Flat());
        const string why = "the primary cortex-pr does not answer; if this continues, set spec.promote to a standby";
        Assert.True(starts || plan.Holds.Single().Why == why);
    }

    [Fact]
    public void A_pod_that_was_left_without_its_container_is_started()
    {
        var seen = Sound().WithPostgres(Pr, null).WithPod(Pr, new PodSeen(Pr, PodState.Unknown));

        Assert.Equal([new Step.StartPod(Pr)], Plan(Cluster(null, Led()), seen).Flat());
    }

    /// <summary>An empty database would hide the loss; requested under another name it is created.</summary>
    [Fact]
    public void A_database_that_was_there_and_was_dropped_is_reported_and_not_made_again()
    {
        var seen = Sound() with { ApplicationReady = new(true, false), DatabaseExists = new(true, false) };
        var cluster = Cluster(null, Led() with { Database = "app" });
        var plan = Plan(cluster, seen);

        var status = StatusReport.Build(new Situation(cluster, seen, Now), plan, new PassOutcome(null, null));

        Assert.Empty(plan.Flat());
        var ready = status.Conditions.Single(condition => condition.Type == ConditionTypes.Ready);
        Assert.Equal(("False", Reasons.DatabaseMissing, Phases.Degraded), (ready.Status, ready.Reason, status.Phase));
        Assert.Contains("CREATE DATABASE app OWNER app", ready.Message, StringComparison.Ordinal);
        Assert.Equal("app", status.Database);
        var renamed = Cluster(new() { Database = new() { Name = "other" } }, Led() with { Database = "app" });
        Assert.Equal([new Step.EnsureDatabase()], Plan(renamed, seen).Flat());
    }

    [Theory, InlineData(true, "app"), InlineData(false, null)]
    public void A_database_is_remembered_once_it_was_seen(bool exists, string? remembered)
    {
        var (cluster, seen) = (Cluster(null, Led()), Sound() with { DatabaseExists = new(true, exists) });

        var status = StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null));
        Assert.Equal(remembered, status.Database);
    }

    [Fact]
    public void Missing_standbys_are_cloned_side_by_side_while_the_database_is_made()
    {
        var seen = Sound() with { ApplicationReady = new(true, false), DatabaseExists = new(true, false) };
        var plan = Plan(Cluster(null, Led()), seen.WithPod(S1, null).WithPostgres(S1, null).WithoutVolume(S1));

        var lanes = Assert.IsType<Step.Together>(plan.Steps.Single()).Lanes;
        Assert.Equal([[new Step.CreateVolume(S1), new Step.Join(S1, Pr)], [new Step.EnsureDatabase()]], lanes);
    }

    [Theory]
    [InlineData(DeletionPolicy.Retain, true, false)]
    [InlineData(DeletionPolicy.Delete, true, true)]
    [InlineData(DeletionPolicy.Delete, false, true)]
    [InlineData(DeletionPolicy.Retain, false, false)]
    public void Surplus_instances_are_removed_and_their_data_only_if_the_user_says_so(DeletionPolicy policy, bool pod, bool deleted)
    {
        var seen = pod ? Sound() : Sound().WithPod(S1, null).WithPostgres(S1, null);
        var plan = Plan(Cluster(new() { Instances = 1, DeletionPolicy = policy }, Led()), seen);

        Assert.Equal(
            [
                .. pod ? [new Step.RemovePod(S1)] : Array.Empty<Step>(),
                .. deleted ? [new Step.DeleteVolume(S1)] : Array.Empty<Step>(),
            ],
            plan.Flat());
    }

    [Fact]
    public void The_primary_is_kept_and_the_spec_refused_when_it_leaves_the_primary_out()
    {
        var cluster = Cluster(new() { Instances = 1, DeletionPolicy = DeletionPolicy.Delete }, Led(S1));
        var plan = Plan(cluster, Sound().WithPostgres(Pr, Following()).WithPostgres(S1, Writing()));

        Assert.Empty(plan.Steps);
        Assert.Equal(
            new Refusal(
                Reasons.InvalidSpec,
                "spec.instances: 1 instance would exclude the primary cortex-s1",
                "set spec.promote to another, or ask for more instances"),
            plan.Refusal);
    }

    [Fact]
    public void A_spec_that_leaves_the_primary_out_takes_no_other_instance_and_no_data()
    {
        var cluster = Cluster(new() { Instances = 1, DeletionPolicy = DeletionPolicy.Delete }, Led(S2));
        var plan = Plan(cluster, Sound(3).WithPostgres(Pr, Following()).WithPostgres(S2, Writing()));

        Assert.Empty(plan.Steps);
        Assert.Equal(Reasons.InvalidSpec, plan.Refusal?.Reason);
    }

    [Theory]
    [InlineData("pr1", "", Pr, "")]
    [InlineData("pr1 s1:1", "", Pr, "")]
    [InlineData("pr1 s12", "", S1, "cortex-pr")]
    [InlineData("pr1 s1:1", S1, Pr, "")]
    [InlineData("pr1 s11", S1, S1, "cortex-pr")]
    [InlineData("s1:1", S1, S1, "")]
    public void The_primary_is_read_from_the_data_and_former_primaries_are_fenced_first(
        string volumes, string requested, string leads, string fenced)
    {
        var plan = Plan(Cluster(new() { Promote = requested }), Left(volumes));

        var former = fenced.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([.. former.Select(Step (name) => new Step.DecideFenced(name)), new Step.DecidePrimary(leads)], plan.Flat());
    }

    [Theory]
    [InlineData(
        "pr1 s11",
        Reasons.Conflict,
        "several volumes may be the primary's (cortex-pr: timeline 1, cortex-s1: timeline 1)",
        "name the right one in spec.promote")]
    [InlineData(
        "s1:1",
        Reasons.DataMissing,
        "the newest data are those of standbys (cortex-s1: timeline 1, standby)",
        "name the one to take in spec.promote")]
    [InlineData(
        "pr1 s1:2",
        Reasons.DataMissing,
        "the newest data are those of standbys (cortex-pr: timeline 1, cortex-s1: timeline 2, standby)",
        "name the one to take in spec.promote")]
    [InlineData(
        "pr1 s1:1!",
        Reasons.Conflict,
        "the volumes hold different database systems (cortex-pr: timeline 1, cortex-s1: timeline 1, standby)",
        "remove those that do not belong, or name the right one in spec.promote")]
    public void The_primary_is_never_guessed(string volumes, string reason, string what, string remedy) =>
        Assert.Equal(new Refusal(reason, what, remedy), Plan(Cluster(), Left(volumes)).Refusal);

    [Theory]
    [InlineData(15, true)]
    [InlineData(17, false)]
    [InlineData(null, false)]
    public void Kept_data_of_another_major_version_are_refused_before_a_server_is_started_on_them(int? major, bool refused)
    {
        var left = Left("pr1 s1:1");
        var data = left.Data.ToDictionary(pair => pair.Key, pair => pair.Value with { MajorVersion = major });
        var plan = Plan(Cluster(), left with { Data = data });

        Assert.Equal(refused ? Reasons.MajorVersionChange : null, plan.Refusal?.Reason);
        Assert.Equal(refused ? [] : [new Step.DecidePrimary(Pr)], plan.Flat());
        Assert.True(
            !refused || plan.Refusal!.Remedy!.StartsWith("set spec.image to an image with PostgreSQL 15;", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cluster_that_runs_on_without_its_resource_is_adopted_as_it_is()
    {
        var seen = Sound().WithPostgres(Pr, Following()).WithPostgres(S1, Writing());

        Assert.Equal([new Step.DecidePrimary(S1)], Plan(Cluster(), seen).Flat());
    }

    [Fact]
    public void No_primary_is_decided_while_a_pod_of_an_earlier_life_is_silent()
    {
        var silent = Sound().WithPostgres(S1, null);

        Assert.Equal(
            "which instance is the primary is not known: cortex-s1 does not answer; "
                + "if it is dead, remove its pod: podman pod rm --force cortex-s1",
            Plan(Cluster(), silent).Holds.Single().Why);
        Assert.Equal([new Step.RemovePod(S1)], Plan(Cluster(), silent.WithPod(S1, Pod(S1, PodState.Exited))).Flat());
    }

    /// <summary><c>pr1</c>: a primary's volume on timeline 1; <c>s1:2</c>: a standby's on 2; <c>!</c>: of another system.</summary>
    private static Observation Left(string volumes)
    {
        var data = volumes.Split(' ').ToDictionary(part => $"cortex-{part[..2]}", part => new DataSeen(
            part.EndsWith('!') ? "other" : Builders.Given.System,
            part.TrimEnd('!')[^1] - '0',
            part.Contains(':', StringComparison.Ordinal)));
        var found = data.Keys.Select(key => new VolumeSeen($"{key}-data", key));
        return Founded with { Data = data, Inventory = Founded.Inventory with { Volumes = [.. found] } };
    }
}
