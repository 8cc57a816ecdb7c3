using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>Work that outlives the pass that started it: what is done while it runs, and after its end.</summary>
public sealed class JobTests
{
    private static readonly JobSeen Runs = JobSeen.OfJoin(S1, Pr, 1);

    /// <summary>cortex-s1 has to be created.</summary>
    private static readonly Observation Missing = Sound().WithPod(S1, null).WithPostgres(S1, null);

    [Fact]
    public void While_a_standby_is_being_made_nothing_is_done_to_it_and_the_status_says_so()
    {
        var (cluster, seen) = (Cluster(null, Led()), Missing.WithJob(Runs));
        var plan = Plan(cluster, seen);

        Assert.Empty(plan.Flat());
        Assert.Contains(plan.Holds, hold => hold.Why.Contains("cortex-s1 (it is being made from cortex-pr)", StringComparison.Ordinal));
        var status = StatusReport.Build(new Situation(cluster, seen, Now), plan, new PassOutcome(null, null));
        Assert.Equal(InstanceStates.Joining, status.Instances.Single(instance => instance.Name == S1).State);
    }

    [Theory]
    [InlineData("streaming database files", 1_234_000_000L, 3_400_000_000L, "1.2 of 3.4 GB copied")]
    [InlineData("streaming database files", 1_000_000L, 30_000_000L, "1.0 of 30.0 MB copied")]
    [InlineData("streaming database files", 31_000_000L, 30_000_000L, "31.0 of 31.0 MB copied")]
    [InlineData("streaming database files", 2_000_000_000_000L, null, "2.0 TB copied")]
    [InlineData("streaming database files", 0L, 30_000_000L, "streaming database files")]
    [InlineData("waiting for checkpoint to finish", 0L, null, "waiting for checkpoint to finish")]
    [InlineData("transferring wal files", 30_000_000L, 30_000_000L, "transferring wal files")]
    public void The_progress_of_a_copy_is_reported(string phase, long streamed, long? total, string said)
    {
        var (cluster, primary) = (Cluster(null, Led()), Missing.Answer(Pr)!);
        var copies = new Dictionary<string, CopySeen> { [S1] = new(phase, streamed, total) };
        var seen = Missing.WithJob(Runs).WithPostgres(Pr, primary with { Copies = copies });
        var plan = Plan(cluster, seen);
        var status = StatusReport.Build(new Situation(cluster, seen, Now), plan, new PassOutcome(null, null));

        Assert.Equal(said, status.Instances.Single(instance => instance.Name == S1).Progress);
        var expected = $"cortex-s1 (it is being made from cortex-pr: {said})";
        Assert.Contains(plan.Holds, hold => hold.Why.Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>A user's own base backup with such an application name is not the copy of an instance.</summary>
    [Fact]
    public void No_progress_is_reported_of_an_instance_without_a_job()
    {
        var copies = new Dictionary<string, CopySeen> { [S1] = new("streaming database files", 1, 2) };
        var (cluster, seen) = (Cluster(null, Led()), Sound().WithPostgres(Pr, Sound().Answer(Pr)! with { Copies = copies }));

        var status = StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null));
        Assert.All(status.Instances, instance => Assert.Null(instance.Progress));
    }

    /// <summary>A copy may take hours.</summary>
    [Fact]
    public void While_a_standby_is_being_made_an_edit_reaches_the_primary()
    {
        var seen = Missing.WithJob(Runs).WithPostgres(Pr, Writing() with { Revision = "older", Slots = Slots([Pr, S1], Pr) });

        Assert.Equal([Pr], Plan(Cluster(null, Led()), seen).Flat().OfType<Step.Configure>().Select(step => step.Instance));
    }

    [Theory, InlineData(0), InlineData(1)]
    public void What_has_ended_is_read_before_the_standby_is_started(int code) => Assert.Equal(
        [new Step.FinishJoin(S1, Pr), new Step.StartPod(S1)],
        Plan(Cluster(null, Led()), Missing.WithJob(Runs with { ExitCode = code })).Flat());

    /// <summary>What was a standby's data before a promotion may be a former primary's after it.</summary>
    [Theory, InlineData(S2, 1, null), InlineData(S2, 1, 0), InlineData(Pr, 2, 0)]
    public void A_copy_from_before_a_promotion_is_begun_again_from_the_present_primary(string from, long timeline, int? code) =>
        Assert.Equal(
            [new Step.CreateVolume(S1), new Step.Join(S1, Pr)],
            Plan(Cluster(null, Led()), Missing.WithJob(JobSeen.OfJoin(S1, from, timeline, code))).Flat());

    [Theory, InlineData("localhost/none:1", true), InlineData(ClusterSpec.DefaultImage, false)]
    public void A_copy_that_cannot_start_is_begun_again_with_another_image_and_else_says_why(string image, bool again)
    {
        var plan = Plan(Cluster(null, Led()), Missing.WithJob(Runs with { Image = image, StartProblem = "ErrImagePull" }));

        Assert.Equal(again, plan.Flat().OfType<Step.Join>().Any());
        Assert.Equal(!again, plan.Holds.Any(hold => hold.Why.Contains("ErrImagePull", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_copy_for_an_instance_that_is_not_asked_for_any_more_is_ended_before_its_volume_goes()
    {
        var spec = new ClusterSpec { Instances = 2, DeletionPolicy = DeletionPolicy.Delete };
        var volumes = Sound().Inventory.Volumes.Append(new VolumeSeen("cortex-s2-data", S2));
        var seen = Sound() with { Inventory = Sound().Inventory with { Volumes = [.. volumes], Jobs = [JobSeen.OfJoin(S2, Pr, 1)] } };

        Assert.Equal([typeof(Step.EndJob), typeof(Step.DeleteVolume)],
            Plan(Cluster(spec, Led()), seen).Flat().Select(step => step.GetType()));
    }

    [Fact]
    public void A_stopped_instance_is_not_started_while_a_job_works_on_its_data()
    {
        var seen = Sound().WithPostgres(S1, null).WithPod(S1, Pod(S1, PodState.Exited)).WithJob(Runs);

        Assert.DoesNotContain(Plan(Cluster(null, Led()), seen).Flat(), step => step is Step.StartPod);
    }

    /// <summary>If it were read later, its result would be taken for that of another job.</summary>
    [Fact]
    public void A_job_of_an_instance_that_runs_is_removed() =>
        Assert.Equal(
            [new Step.EndJob(S1, "the instance runs")],
            Plan(Cluster(null, Led()), Sound().WithJob(Runs with { ExitCode = 0 })).Flat());
}
