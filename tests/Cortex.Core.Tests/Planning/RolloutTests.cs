using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What only a restart applies: which instances are restarted, in which order, and what stops it.</summary>
public sealed partial class RolloutTests
{
    private static readonly ClusterSpec InPlace = new() { PrimaryUpdate = PrimaryUpdate.Restart };

    [Fact]
    public void A_standby_is_restarted_first_and_the_primary_is_not_touched_in_that_pass() => Assert.Equal(
        [new Step.StopPod(S1, "shared_buffers waits for a restart"), new Step.StartPod(S1)],
        Plan(Cluster(null, Led()), Waiting(Sound(), "shared_buffers", Pr, S1)).Flat());

    [Fact]
    public void One_standby_is_restarted_at_a_time() => Assert.Equal(
        [S1],
        Plan(Cluster(new() { Instances = 3 }, Led()), Waiting(Sound(3), "shared_buffers", Pr, S1, S2)).Flat()
            .OfType<Step.StopPod>().Select(step => step.Instance));

    [Fact]
    public void The_primary_hands_over_to_the_updated_standby_that_has_the_most()
    {
        var seen = Waiting(Sound(3), "shared_buffers", Pr);
        seen = seen.WithPostgres(S1, seen.Postgres[S1] with { Lsn = 900 });

        Assert.Equal(
            new Step.BeginPromotion(Pr, S2, PromotionKind.Switchover, Cause: PromotionCause.Update),
            Plan(Cluster(new() { Instances = 3 }, Led()), seen).Flat()[0]);
    }

    [Fact]
    public void A_primary_that_is_to_be_restarted_in_place_makes_a_checkpoint_first() => Assert.Equal(
        [new Step.Checkpoint(Pr), new Step.StopPod(Pr, "shared_buffers waits for a restart"), new Step.StartPod(Pr)],
        Plan(Cluster(InPlace, Led()), Waiting(Sound(), "shared_buffers", Pr)).Flat());

    [Fact]
    public void A_primary_without_standbys_is_restarted_in_place() =>
        Assert.IsType<Step.Checkpoint>(Plan(Cluster(new() { Instances = 1 }, Led()), Waiting(Sound(1), "shared_buffers", Pr)).Flat()[0]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_other_instance_is_touched_while_an_updated_standby_does_not_come_up(bool crashing)
    {
        var seen = Waiting(Sound(3), "shared_buffers", Pr, S2)
            .WithPostgres(S1, crashing ? null : Sound(3).Postgres[S1] with { Streaming = false });
        var plan = Plan(Cluster(new() { Instances = 3 }, Led()), crashing ? Ended(seen, S1, "FATAL: no memory") : seen);

        Assert.Empty(plan.Steps);
        Assert.Contains(
            "cortex-s2 waits to be restarted (shared_buffers waits for a restart) until cortex-s1 streams",
            plan.Holds[^1].Why,
            StringComparison.Ordinal);
        Assert.Equal(crashing, plan.Holds[0].Why.EndsWith("cortex-s1 last said: FATAL: no memory", StringComparison.Ordinal));
    }

    [Fact]
    public void A_corrected_configuration_reaches_a_standby_that_does_not_start()
    {
        var seen = Sound().WithPostgres(S1, null) with { WrittenRevisions = new Dictionary<string, string> { [S1] = "bad" } };

        Assert.Equal([new Step.Configure(S1, "it does not answer")], Plan(Cluster(null, Led()), seen).Flat());
    }

    [Theory]
    [InlineData("90", false)]
    [InlineData("110", true)]
    public void When_a_limit_of_standbys_becomes_smaller_the_primary_goes_first_and_in_place(string wanted, bool standbyFirst)
    {
        var seen = Waiting(Sound(), "max_connections", Pr, S1);
        var spec = With(("max_connections", wanted));

        Assert.Equal(standbyFirst ? S1 : Pr, Plan(Cluster(spec, Led()), seen).Flat().OfType<Step.StopPod>().Single().Instance);
        // Then the standby, once it knows that its primary needs no more.
        Assert.Equal(
            [
                .. standbyFirst ? [] : new Step[] { new Step.AwaitReplay(S1, Pr) },
                new Step.StopPod(S1, "max_connections waits for a restart"),
                new Step.StartPod(S1),
            ],
            Plan(Cluster(spec, Led()), Waiting(Sound(), "max_connections", S1)).Flat());
    }

    /// <summary>A standby keeps the primary's limits and tries the rest: an instance that fails with that is not the primary.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_smaller_limit_with_another_change_reaches_the_primary_after_a_standby_has_tried_the_change(bool image)
    {
        var spec = With(("max_connections", "90"), ("shared_buffers", "1TB"));
        var primary = Waiting(Waiting(Sound(), "shared_buffers", Pr), "max_connections", Pr);
        primary = primary.WithPostgres(Pr, primary.Postgres[Pr] with
        {
            PendingRestart = image ? ["max_connections"] : ["max_connections", "shared_buffers"],
        });
        primary = image ? primary.WithPod(Pr, Made(Pr, "sha256:old", spec)) : primary;
        var both = image ? primary.WithPod(S1, Made(S1, "sha256:old", spec)) : Waiting(primary, "shared_buffers", S1);

        Assert.Equal([S1], Plan(Cluster(spec, Led()), both).Flat().OfType<Step.StopPod>().Select(step => step.Instance));
        var failed = Plan(Cluster(spec, Led()), Ended(primary.WithPostgres(S1, null), S1, "FATAL: no memory"));
        Assert.DoesNotContain(failed.Flat(), step => step is Step.StopPod);
        Assert.Contains(failed.Holds, hold => hold.Why.Contains("until cortex-s1 streams", StringComparison.Ordinal));
        // Then the primary, in place: every standby has the old limit.
        var steps = Plan(Cluster(spec, Led()), primary).Flat().SkipWhile(step => step is not Step.Checkpoint);
        Assert.Equal(
            [Pr], steps.OfType<Step.StopPod>().Select(step => step.Instance));
    }

    /// <summary>It would not start again, and no standby can try it first.</summary>
    [Theory]
    [InlineData("1", 2, true)]
    [InlineData("2", 2, false)]
    [InlineData(null, 1, true)]
    public void Less_room_than_there_are_prepared_transactions_is_refused_before_and_while_it_waits_for_a_restart(
        string? wanted, int prepared, bool refused)
    {
        const string limit = "max_prepared_transactions";
        var spec = wanted is null ? new ClusterSpec() : With((limit, wanted));
        var seen = Sound().WithPostgres(Pr, Sound().Postgres[Pr] with
        {
            PreparedTransactions = prepared,
            PendingRestart = [limit],
            Limits = new Dictionary<string, int> { [limit] = 10 },
        });
        var stale = seen.WithPostgres(Pr, seen.Postgres[Pr] with { Revision = "old" });
var message = $"spec.postgres.parameters.{limit}: \"{wanted ?? "0"}\": {prepared} transactions are prepared on cortex-pr";
        Assert.All(new[] { stale, seen }, observation =>
        {
            var plan = Plan(Cluster(spec, Led()), observation);
            Assert.Equal(refused, !plan.Flat().Any(step => step is Step.Configure or Step.StopPod));
            Assert.Equal(refused, plan.Refusal?.Reason == Reasons.ConfigurationRefused);
            Assert.Equal(refused, plan.Refusal?.Message.StartsWith(message, StringComparison.Ordinal) == true);
        });
    }

    [Fact]
    public void A_stopped_standby_is_started_as_it_should_be_and_a_stopped_primary_as_it_was()
    {
        var standby = Sound().WithPostgres(S1, null).WithPod(S1, Made(S1, "sha256:old", new()) with { State = PodState.Exited });
        var primary = Sound().WithPostgres(Pr, null).WithPod(Pr, Made(Pr, "sha256:old", new()) with { State = PodState.Exited });

        Assert.Equal([new Step.Prove(S1), new Step.RemovePod(S1), new Step.StartPod(S1)], Plan(Cluster(null, Led()), standby).Flat());
        Assert.Equal([new Step.StartPod(S1)], Plan(Cluster(null, Led()), standby with { RefusedConfiguration = Refused }).Flat());
        Assert.Equal([new Step.StartPod(Pr)], Plan(Cluster(null, Led()), primary).Flat());
    }

    [Fact]
    public void An_image_that_refuses_the_configuration_reaches_no_instance()
    {
        var seen = Sound().WithPod(S1, Made(S1, "sha256:old", new())) with { RefusedConfiguration = Refused };
        var plan = Plan(Cluster(null, Led()), seen);

        Assert.Empty(plan.Steps);
        Assert.Equal(Reasons.ConfigurationRefused, plan.Refusal?.Reason);
    }

    [Fact]
    public void No_instance_is_restarted_with_a_setting_that_was_never_tried()
    {
        var seen = Waiting(Sound(), "max_connections", Pr);
        var plan = Plan(Cluster(InPlace, Led()), seen.WithPostgres(Pr, seen.Postgres[Pr] with { Overridden = ["shared_buffers"] }));

        Assert.Empty(plan.Steps);
        Assert.EndsWith(
            "until its untested settings are reset: ALTER SYSTEM RESET shared_buffers", plan.Holds.Single().Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_major_version_is_refused_and_pods_that_rest_are_started_as_they_were_made()
    {
        var fifteen = Image with { Id = "sha256:15", PostgresVersion = "15.14", MajorVersion = 15 };
        var seen = Sound().WithPostgres(Pr, Writing() with { Version = "17.6" }).WithPostgres(S1, null)
            .WithPod(S1, Made(S1, "sha256:old", new()) with { State = PodState.Exited }) with { Image = new ImageSeen(fifteen, null) };
        var plan = Plan(Cluster(null, Led()), seen);

        Assert.Equal([new Step.StartPod(S1)], plan.Flat());
        Assert.Equal(Reasons.MajorVersionChange, plan.Refusal?.Reason);
        Assert.Equal(
            "spec.image: localhost/anvil-alloydb-core:latest has PostgreSQL 15.14, the data are those of PostgreSQL 17",
            plan.Refusal!.What);
    }

    [Fact]
    public void The_major_version_is_remembered_while_no_instance_answers() => Assert.Equal(
        Reasons.MajorVersionChange,
        Plan(
            Cluster(null, Led() with { PostgresVersion = "15.14" }),
            Sound() with { Postgres = new Dictionary<string, PostgresSeen>() }).Refusal?.Reason);

    [Fact]
    public void An_image_that_is_nowhere_is_refused_and_the_pods_are_left_alone()
    {
        var unknown = new ImageSeen(null, "spec.image: there is no image x, and it could not be pulled");
        var plan = Plan(Cluster(new() { Image = "x" }, Led()), Sound() with { Image = unknown });

        Assert.Empty(plan.Steps);
        Assert.Equal(Reasons.ImageUnusable, plan.Refusal?.Reason);
    }

    private static readonly IReadOnlyList<FieldRefusal> Refused =
        [new("spec.postgres.parameters.shared_preload_libraries", "no such file")];

    private static ClusterSpec With(params (string Name, string Value)[] parameters) =>
        new() { Postgres = new() { Parameters = parameters.ToDictionary(entry => entry.Name, entry => entry.Value) } };

    private static Observation Ended(Observation seen, string instance, string message) =>
        seen with { FatalMessages = new Dictionary<string, string> { [instance] = message } };

    private static PodSeen Made(string instance, string image, ClusterSpec spec) =>
        Pod(instance) with { ImageId = image, Revision = PodRevision.Of(Key, spec, instance) };

    private static Observation Waiting(Observation seen, string parameter, params string[] instances) => instances.Aggregate(
        seen,
        (observation, name) => observation.WithPostgres(name, observation.Postgres[name] with
        {
            PendingRestart = [parameter],
            Limits = new Dictionary<string, int> { ["max_connections"] = 100 },
        }));
}
