using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What only a restart brings: who is restarted, in which order, and what stops it.</summary>
public sealed class RolloutTests
{
    private static readonly ClusterSpec InPlace = new() { PrimaryUpdate = PrimaryUpdate.Restart };

    [Fact]
    public void A_standby_is_restarted_first_and_the_primary_is_not_touched_in_that_pass() => Assert.Equal(
        [new Step.StopPod(S1, "shared_buffers waits for a restart"), new Step.StartPod(S1)],
        Plan(Cluster(null, Led()), Waiting(Sound(), "shared_buffers", Pr, S1)).Flat());

    [Fact]
    public void One_standby_is_restarted_at_a_time() => Assert.Equal(
        [S1], Plan(Cluster(new() { Instances = 3 }, Led()), Waiting(Sound(3), "shared_buffers", Pr, S1, S2)).Flat().OfType<Step.StopPod>().Select(step => step.Instance));

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
    public void Nobody_else_is_touched_while_an_updated_standby_does_not_come_up(bool crashing)
    {
        var seen = Waiting(Sound(3), "shared_buffers", Pr, S2).WithPostgres(S1, crashing ? null : Sound(3).Postgres[S1] with { Streaming = false });
        var plan = Plan(Cluster(new() { Instances = 3 }, Led()), crashing ? seen with { LastWords = new Dictionary<string, string> { [S1] = "FATAL: no memory" } } : seen);

        Assert.Empty(plan.Steps);
        Assert.Contains("cortex-s2 is to be restarted (shared_buffers waits for a restart) once cortex-s1 streams", plan.Holds[^1].Why, StringComparison.Ordinal);
        Assert.Equal(crashing, plan.Holds[0].Why.EndsWith("cortex-s1 last said: FATAL: no memory", StringComparison.Ordinal));
    }

    [Fact]
    public void A_corrected_configuration_reaches_a_standby_that_does_not_start()
    {
        var seen = Sound().WithPostgres(S1, null) with { LaidRevisions = new Dictionary<string, string> { [S1] = "bad" } };

        Assert.Equal([new Step.Configure(S1, "it does not answer")], Plan(Cluster(null, Led()), seen).Flat());
    }

    [Theory]
    [InlineData("90", false)]
    [InlineData("110", true)]
    public void When_a_limit_of_standbys_becomes_smaller_the_primary_goes_first_and_in_place(string wanted, bool standbyFirst)
    {
        var seen = Waiting(Sound(), "max_connections", Pr, S1);
        var spec = new ClusterSpec { Postgres = new() { Parameters = new Dictionary<string, string> { ["max_connections"] = wanted } } };

        Assert.Equal(standbyFirst ? S1 : Pr, Plan(Cluster(spec, Led()), seen).Flat().OfType<Step.StopPod>().Single().Instance);
        // Then the standby, once it knows that its primary needs no more.
        Assert.Equal(
            [.. standbyFirst ? [] : new Step[] { new Step.AwaitReplay(S1, Pr) }, new Step.StopPod(S1, "max_connections waits for a restart"), new Step.StartPod(S1)],
            Plan(Cluster(spec, Led()), Waiting(Sound(), "max_connections", S1)).Flat());
    }

    /// <summary>A standby keeps the primary's limits and tries the rest: whoever does not come up with that is not the primary.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_smaller_limit_that_comes_with_something_else_is_not_given_to_the_primary_before_a_standby_has_tried_the_rest(bool image)
    {
        var spec = new ClusterSpec { Postgres = new() { Parameters = new Dictionary<string, string> { ["max_connections"] = "90", ["shared_buffers"] = "1TB" } } };
        var primary = Waiting(Waiting(Sound(), "shared_buffers", Pr), "max_connections", Pr);
        primary = primary.WithPostgres(Pr, primary.Postgres[Pr] with { PendingRestart = image ? ["max_connections"] : ["max_connections", "shared_buffers"] });
        primary = image ? primary.WithPod(Pr, Made(Pr, "sha256:old", spec)) : primary;
        var both = image ? primary.WithPod(S1, Made(S1, "sha256:old", spec)) : Waiting(primary, "shared_buffers", S1);

        Assert.Equal([S1], Plan(Cluster(spec, Led()), both).Flat().OfType<Step.StopPod>().Select(step => step.Instance));
        var failed = Plan(Cluster(spec, Led()), primary.WithPostgres(S1, null) with { LastWords = new Dictionary<string, string> { [S1] = "FATAL: no memory" } });
        Assert.DoesNotContain(failed.Flat(), step => step is Step.StopPod);
        Assert.Contains(failed.Holds, hold => hold.Why.Contains("once cortex-s1 streams; it is not touched before", StringComparison.Ordinal));
        // Then the primary, in place: whoever could take over has the old limit.
        Assert.Equal(
            [Pr], Plan(Cluster(spec, Led()), primary).Flat().SkipWhile(step => step is not Step.Checkpoint).OfType<Step.StopPod>().Select(step => step.Instance));
    }

    /// <summary>It would not start again, and no standby can try it before.</summary>
    [Theory]
    [InlineData("1", 2, true)]
    [InlineData("2", 2, false)]
    [InlineData(null, 1, true)]
    public void Less_room_than_there_are_prepared_transactions_is_refused_before_it_is_laid_and_while_it_waits(string? wanted, int prepared, bool refused)
    {
        const string limit = "max_prepared_transactions";
        var spec = new ClusterSpec { Postgres = new() { Parameters = wanted is null ? [] : new Dictionary<string, string> { [limit] = wanted } } };
        var seen = Sound().WithPostgres(Pr, Sound().Postgres[Pr] with { PreparedTransactions = prepared, PendingRestart = [limit], Limits = new Dictionary<string, int> { [limit] = 10 } });
        var stale = seen.WithPostgres(Pr, seen.Postgres[Pr] with { Revision = "old" });

        Assert.All(new[] { stale, seen }, one =>
        {
            var plan = Plan(Cluster(spec, Led()), one);
            Assert.Equal(refused, !plan.Flat().Any(step => step is Step.Configure or Step.StopPod));
            Assert.Equal(refused, plan.Refusal?.Reason == Reasons.ConfigurationRefused);
            Assert.Equal(refused, plan.Refusal?.Message.StartsWith($"spec.postgres.parameters.{limit}: \"{wanted ?? "0"}\": {prepared} transactions are prepared on cortex-pr", StringComparison.Ordinal) == true);
        });
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Another_image_or_another_port_needs_a_new_pod(bool image, bool port)
    {
        var seen = Sound();
        foreach (var one in new[] { Pr, S1 })
        {
            seen = seen.WithPod(one, Made(one, image ? "sha256:old" : Image.Id, new() { Podman = new() { BasePort = port ? 7000 : 5432 } }));
        }

        var why = image ? "it was made from another image than localhost/anvil-alloydb-core:latest is now" : "its address, port, resources or repository changed";
        Assert.Equal(
            [.. image ? [new Step.Prove(S1)] : Array.Empty<Step>(), new Step.StopPod(S1, why), new Step.RemovePod(S1), new Step.StartPod(S1)],
            Plan(Cluster(null, Led()), seen).Flat());
    }

    [Fact]
    public void A_pod_that_says_nothing_of_itself_is_left_as_it_is() =>
        Assert.True(Plan(Cluster(new() { Podman = new() { BasePort = 7000 } }, Led()), Sound()).IsIdle);

    [Fact]
    public void A_former_primary_comes_back_with_a_new_pod()
    {
        var seen = Sound().WithPostgres(S1, Writing(2)).WithPostgres(Pr, null).WithPod(Pr, Made(Pr, "sha256:old", new()) with { State = PodState.Exited });
        var status = Led(S1) with { Timeline = 2, Fenced = [Pr], LastPromotion = new() { From = Pr, To = S1, Kind = PromotionKind.Switchover, RequestedAt = Now, WritableAt = Now } };

        Assert.Equal(
            [new Step.FinishJoin(Pr, S1), new Step.DecideRejoined(Pr), new Step.RemovePod(Pr), new Step.StartPod(Pr)],
            Plan(Cluster(null, status), seen.WithJob(new JobSeen(Pr, S1, 2, ExitCode: 0))).Flat());
    }

    [Theory]
    [InlineData(PromotionKind.Failover, false)]
    [InlineData(PromotionKind.Switchover, true)]
    public void A_fenced_instance_is_never_restarted_for_an_update_while_it_waits_or_its_data_are_kept(PromotionKind kind, bool kept)
    {
        var seen = Sound().WithPostgres(S1, Writing(2)).WithPostgres(Pr, null).WithPod(Pr, Made(Pr, "sha256:old", new()) with { State = PodState.Exited }) with
        {
            KeptData = kept ? new Dictionary<string, string> { [Pr] = "its data are kept" } : [],
        };
        var status = Led(S1) with { Timeline = 2, Fenced = [Pr], LastPromotion = new() { From = Pr, To = S1, Kind = kind, RequestedAt = Now, WritableAt = Now } };

        Assert.DoesNotContain(Plan(Cluster(null, status), seen).Flat(), step => step is Step.StartPod or Step.Join);
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
    public void An_image_that_refuses_the_configuration_reaches_nobody()
    {
        var seen = Sound().WithPod(S1, Made(S1, "sha256:old", new())) with { RefusedConfiguration = Refused };
        var plan = Plan(Cluster(null, Led()), seen);

        Assert.Empty(plan.Steps);
        Assert.Equal(Reasons.ConfigurationRefused, plan.Refusal?.Reason);
    }

    [Fact]
    public void Nobody_is_restarted_into_a_setting_that_nobody_has_tried()
    {
        var seen = Waiting(Sound(), "max_connections", Pr);
        var plan = Plan(Cluster(InPlace, Led()), seen.WithPostgres(Pr, seen.Postgres[Pr] with { Overridden = ["shared_buffers"] }));

        Assert.Empty(plan.Steps);
        Assert.EndsWith("once it has no untried settings: ALTER SYSTEM RESET shared_buffers", plan.Holds.Single().Why, StringComparison.Ordinal);
    }

    /// <summary>With the pod that it has it does not come up; a restart brings it nothing.</summary>
    [Theory]
    [InlineData(1, PodState.Running, true)]
    [InlineData(2, PodState.Running, true)]
    [InlineData(2, PodState.Exited, true)]
    [InlineData(2, PodState.Unknown, true)]
    [InlineData(2, PodState.Paused, false)]
    public void A_primary_that_ends_as_often_as_it_is_started_gets_the_corrected_pod(int instances, PodState state, bool renewed)
    {
        var seen = Failing(instances, state, "sha256:bad");

        Assert.Equal(renewed ? [new Step.RemovePod(Pr), new Step.StartPod(Pr)] : [], Plan(Cluster(new() { Instances = instances }, Led()), seen).Flat().Where(step => step is Step.RemovePod or Step.StartPod));
    }

    [Theory]
    [InlineData("sha256:abc", 1, true)]
    [InlineData("sha256:bad", 3600, true)]
    [InlineData("sha256:bad", 1, false)]
    public void A_silent_primary_is_left_alone_that_is_up_to_date_or_runs_or_said_nothing(string image, int secondsAgo, bool said)
    {
        var seen = Failing(2, PodState.Running, image);
        seen = seen.WithPod(Pr, seen.Inventory.Pod(Pr)! with { StartedAt = Now.AddSeconds(-secondsAgo) }) with { LastWords = said ? seen.LastWords : new Dictionary<string, string>() };

        Assert.Empty(Plan(Cluster(null, Led()), seen).Steps);
    }

    /// <summary>It is started again in its container, which so never ends: neither a word nor a start of the container tells.</summary>
    [Theory]
    [InlineData(3, 20, true)]
    [InlineData(2, 20, false)]
    [InlineData(3, 40, false)]
    public void A_primary_that_ends_again_and_again_without_a_word_gets_the_corrected_pod(int ends, int secondsBetween, bool renewed)
    {
        var seen = Failing(1, PodState.Running, "sha256:bad");
        seen = seen.WithPod(Pr, seen.Inventory.Pod(Pr)! with { StartedAt = Now.AddHours(-1) }) with
        {
            LastWords = new Dictionary<string, string>(),
            Ends = new Dictionary<string, IReadOnlyList<ServerEnd>> { [Pr] = [.. Enumerable.Range(0, ends).Reverse().Select(back => new ServerEnd(Now.AddSeconds(-1 - (back * secondsBetween)), "was killed by signal 9"))] },
        };

        var plan = Plan(Cluster(new() { Instances = 1 }, Led()), seen);

        Assert.Equal(renewed, plan.Flat().Contains(new Step.RemovePod(Pr)));
        Assert.True(renewed || plan.Holds[0].Why.Contains("the server of cortex-pr was killed by signal 9, as the kernel does where memory runs out", StringComparison.Ordinal));
    }

    [Fact]
    public void A_primary_for_which_there_is_no_room_gets_the_corrected_pod()
    {
        var seen = Sound().WithPostgres(Pr, null).WithPod(Pr, Made(Pr, Image.Id, new() { Podman = new() { BasePort = 7000 } }) with { State = PodState.Unknown, StartProblem = "Unschedulable: no memory" });

        Assert.Equal([new Step.RemovePod(Pr), new Step.StartPod(Pr)], Plan(Cluster(null, Led()), seen).Flat().Where(step => step is Step.RemovePod or Step.StartPod));
    }

    [Fact]
    public void Another_major_version_is_refused_and_pods_that_rest_are_started_as_they_were_made()
    {
        var seen = Sound().WithPostgres(Pr, Writing() with { Version = "17.6" }).WithPostgres(S1, null)
            .WithPod(S1, Made(S1, "sha256:old", new()) with { State = PodState.Exited }) with { Image = new ImageSeen(Image with { Id = "sha256:15", PostgresVersion = "15.14", MajorVersion = 15 }, null) };
        var plan = Plan(Cluster(null, Led()), seen);

        Assert.Equal([new Step.StartPod(S1)], plan.Flat());
        Assert.Equal(Reasons.MajorVersionChange, plan.Refusal?.Reason);
        Assert.StartsWith("spec.image: localhost/anvil-alloydb-core:latest has PostgreSQL 15.14, the data are those of PostgreSQL 17;", plan.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_major_version_is_remembered_while_nobody_answers() => Assert.Equal(
        Reasons.MajorVersionChange,
        Plan(Cluster(null, Led() with { PostgresVersion = "15.14" }), Sound() with { Postgres = new Dictionary<string, PostgresSeen>() }).Refusal?.Reason);

    [Fact]
    public void An_image_that_is_nowhere_is_refused_and_the_pods_are_left_alone()
    {
        var plan = Plan(Cluster(new() { Image = "x" }, Led()), Sound() with { Image = new ImageSeen(null, "spec.image: there is no image x, and it could not be pulled") });

        Assert.Empty(plan.Steps);
        Assert.Equal(Reasons.ImageUnusable, plan.Refusal?.Reason);
    }

    [Fact]
    public void A_port_that_another_instance_still_has_is_refused()
    {
        var spec = new ClusterSpec { Podman = new() { BasePort = 5431 } };
        var seen = Sound().WithPod(Pr, Made(Pr, Image.Id, new()) with { HostPort = 5432 }).WithPod(S1, Made(S1, Image.Id, new()) with { HostPort = 5433 });

        Assert.Equal(
            "spec.podman.basePort: the new port 5432 of cortex-s1 is the present one of cortex-pr; choose ports that no instance has now",
            Plan(Cluster(spec, Led()), seen).Refusal?.Message);
    }

    private static readonly IReadOnlyList<FieldRefusal> Refused = [new("spec.postgres.parameters.shared_preload_libraries", "no such file")];

    private static Observation Failing(int instances, PodState state, string image) => Sound(instances).WithPostgres(Pr, null)
        .WithPod(Pr, Made(Pr, image, new()) with { State = state, StartedAt = Now.AddSeconds(-1) }) with { LastWords = new Dictionary<string, string> { [Pr] = "FATAL: could not access file" } };

    private static PodSeen Made(string instance, string image, ClusterSpec spec) =>
        Pod(instance) with { ImageId = image, Revision = PodRevision.Of(Key, spec, instance) };

    private static Observation Waiting(Observation seen, string parameter, params string[] instances) => instances.Aggregate(
        seen,
        (one, name) => one.WithPostgres(name, one.Postgres[name] with { PendingRestart = [parameter], Limits = new Dictionary<string, int> { ["max_connections"] = 100 } }));
}
