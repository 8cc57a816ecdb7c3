using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

public sealed partial class RolloutTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Another_image_or_another_port_needs_a_new_pod(bool image, bool port)
    {
        var seen = Sound();
        foreach (var name in new[] { Pr, S1 })
        {
            seen = seen.WithPod(name, Made(name, image ? "sha256:old" : Image.Id,
                new() { Podman = new() { BasePort = port ? 7000 : 5432 } }));
        }

        var why = image
            ? "it was made from another image than localhost/anvil-alloydb-core:latest is now"
            : "its address, port, resources or repository changed";
        Assert.Equal(
            [
                .. image ? [new Step.Prove(S1)] : Array.Empty<Step>(),
                new Step.StopPod(S1, why),
                new Step.RemovePod(S1),
                new Step.StartPod(S1),
            ],
            Plan(Cluster(null, Led()), seen).Flat());
    }

    [Fact]
    public void A_pod_that_says_nothing_of_itself_is_left_as_it_is() =>
        Assert.True(Plan(Cluster(new() { Podman = new() { BasePort = 7000 } }, Led()), Sound()).IsIdle);

    [Fact]
    public void A_former_primary_comes_back_with_a_new_pod()
    {
        var seen = Sound().WithPostgres(S1, Writing(2)).WithPostgres(Pr, null)
            .WithPod(Pr, Made(Pr, "sha256:old", new()) with { State = PodState.Exited });
        var status = Led(S1) with { Timeline = 2, Fenced = [Pr], LastPromotion = Done(PromotionKind.Switchover) };

        Assert.Equal(
            [new Step.FinishJoin(Pr, S1), new Step.DecideRejoined(Pr), new Step.RemovePod(Pr), new Step.StartPod(Pr)],
            Plan(Cluster(null, status), seen.WithJob(JobSeen.OfJoin(Pr, S1, 2, exitCode: 0))).Flat());
    }

    [Theory]
    [InlineData(PromotionKind.Failover, false)]
    [InlineData(PromotionKind.Switchover, true)]
    public void A_fenced_instance_is_never_restarted_for_an_update_while_it_waits_or_its_data_are_kept(PromotionKind kind, bool kept)
    {
        var seen = Sound().WithPostgres(S1, Writing(2)).WithPostgres(Pr, null)
            .WithPod(Pr, Made(Pr, "sha256:old", new()) with { State = PodState.Exited }) with
        {
            KeptData = kept ? new Dictionary<string, string> { [Pr] = "its data are kept" } : [],
        };
        var status = Led(S1) with { Timeline = 2, Fenced = [Pr], LastPromotion = Done(kind) };

        Assert.DoesNotContain(Plan(Cluster(null, status), seen).Flat(), step => step is Step.StartPod or Step.Join);
    }

    /// <summary>It cannot run with its present pod, so a restart does not help.</summary>
    [Theory]
    [InlineData(1, PodState.Running, true)]
    [InlineData(2, PodState.Running, true)]
    [InlineData(2, PodState.Exited, true)]
    [InlineData(2, PodState.Unknown, true)]
    [InlineData(2, PodState.Paused, false)]
    public void A_primary_that_ends_as_often_as_it_is_started_gets_the_corrected_pod(int instances, PodState state, bool renewed)
    {
        var seen = Failing(instances, state, "sha256:bad");

        var steps = Plan(Cluster(new() { Instances = instances }, Led()), seen).Flat();
        Assert.Equal(
            renewed ? [new Step.RemovePod(Pr), new Step.StartPod(Pr)] : [],
            steps.Where(step => step is Step.RemovePod or Step.StartPod));
    }

    [Theory]
    [InlineData("sha256:abc", 1, true)]
    [InlineData("sha256:bad", 3600, true)]
    [InlineData("sha256:bad", 1, false)]
    public void A_silent_primary_is_left_alone_that_is_up_to_date_or_runs_or_said_nothing(string image, int secondsAgo, bool said)
    {
        var seen = Failing(2, PodState.Running, image);
        seen = seen.WithPod(Pr, seen.Inventory.Pod(Pr)! with { StartedAt = Now.AddSeconds(-secondsAgo) }) with
        {
            FatalMessages = said ? seen.FatalMessages : new Dictionary<string, string>(),
        };

        Assert.Empty(Plan(Cluster(null, Led()), seen).Steps);
    }

    /// <summary>
    /// It is restarted in its container, which therefore never ends: neither a message nor a start of the container shows it.
    /// </summary>
    [Theory]
    [InlineData(3, 20, true)]
    [InlineData(2, 20, false)]
    [InlineData(3, 40, false)]
    public void A_primary_that_ends_again_and_again_without_a_message_gets_the_corrected_pod(int ends, int secondsBetween, bool renewed)
    {
        var seen = Failing(1, PodState.Running, "sha256:bad");
        seen = seen.WithPod(Pr, seen.Inventory.Pod(Pr)! with { StartedAt = Now.AddHours(-1) }) with
        {
            FatalMessages = new Dictionary<string, string>(),
            Ends = new Dictionary<string, IReadOnlyList<ServerEnd>> { [Pr] = [.. Killed(ends, secondsBetween)] },
        };

        var plan = Plan(Cluster(new() { Instances = 1 }, Led()), seen);

        Assert.Equal(renewed, plan.Flat().Contains(new Step.RemovePod(Pr)));
        Assert.True(renewed || plan.Holds[0].Why.Contains(
            "the server of cortex-pr was killed by signal 9, possibly by the OOM killer", StringComparison.Ordinal));
    }

    [Fact]
    public void A_primary_for_which_there_is_no_room_gets_the_corrected_pod()
    {
        var made = Made(Pr, Image.Id, new() { Podman = new() { BasePort = 7000 } });
        var seen = Sound().WithPostgres(Pr, null)
            .WithPod(Pr, made with { State = PodState.Unknown, StartProblem = "Unschedulable: no memory" });
        var steps = Plan(Cluster(null, Led()), seen).Flat();

        Assert.Equal([new Step.RemovePod(Pr), new Step.StartPod(Pr)], steps.Where(step => step is Step.RemovePod or Step.StartPod));
    }

    [Fact]
    public void A_port_that_another_instance_still_has_is_refused()
    {
        var spec = new ClusterSpec { Podman = new() { BasePort = 5431 } };
        var seen = Sound()
            .WithPod(Pr, Made(Pr, Image.Id, new()) with { HostPort = 5432 })
            .WithPod(S1, Made(S1, Image.Id, new()) with { HostPort = 5433 });

        Assert.Equal(
            "spec.podman.basePort: the new port 5432 of cortex-s1 is still used by cortex-pr; choose ports that no instance has now",
            Plan(Cluster(spec, Led()), seen).Refusal?.Message);
    }

    private static PromotionReceipt Done(PromotionKind kind) =>
        new() { From = Pr, To = S1, Kind = kind, RequestedAt = Now, WritableAt = Now };

    private static IEnumerable<ServerEnd> Killed(int times, int secondsBetween) => Enumerable.Range(0, times).Reverse()
        .Select(back => new ServerEnd(Now.AddSeconds(-1 - (back * secondsBetween)), "was killed by signal 9"));

    private static Observation Failing(int instances, PodState state, string image) => Ended(
        Sound(instances).WithPostgres(Pr, null).WithPod(Pr, Made(Pr, image, new()) with { State = state, StartedAt = Now.AddSeconds(-1) }),
        Pr,
        "FATAL: could not access file");
}
