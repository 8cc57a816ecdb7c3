using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

public sealed partial class ReportTests
{
    /// <summary>Nothing else tells the cause to a user who waits for Ready.</summary>
    [Theory]
    [InlineData(false, null, null, "")]
    [InlineData(
        false,
        "starts cortex-s1: Podman did not start cortex-s1: runc: unable to set memory limit",
        null,
        "; starts cortex-s1: Podman did not start cortex-s1: runc: unable to set memory limit")]
    [InlineData(
        false,
        null,
        "CreateContainerError: unable to set memory limit",
        "; cortex-s1 cannot start: CreateContainerError: unable to set memory limit")]
    [InlineData(
        true, "starts cortex-pr: Podman did not start cortex-pr: no", null, "; starts cortex-pr: Podman did not start cortex-pr: no")]
    [InlineData(true, null, "CreateContainerError: no", "; cortex-pr cannot start: CreateContainerError: no")]
    public void Why_an_instance_does_not_start_is_said_where_it_is_waited_for(bool primary, string? failure, string? problem, string words)
    {
        var missing = primary ? Pr : S1;
        var seen = Sound().WithPostgres(missing, null);
        seen = seen.WithPod(missing, seen.Inventory.Pod(missing)! with { State = PodState.Created, StartProblem = problem });
        var cluster = Cluster(null, Led());
        var status = StatusReport.Build(Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, failure));

        var before = primary ? Unreachable : "1 of 2 instances ready; waiting for cortex-s1 (Starting)";
        Assert.Equal(before + words, status.Conditions.Single(condition => condition.Type == ConditionTypes.Ready).Message);
    }

    [Fact]
    public void Why_a_first_primary_does_not_start_is_said_too()
    {
        var (cluster, seen) = (Cluster(null, new()), Nothing());
        var status = StatusReport.Build(Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, "starts cortex-pr: no"));

        var ready = status.Conditions.Single(condition => condition.Type == ConditionTypes.Ready);
        Assert.Equal("the primary is being created; starts cortex-pr: no", ready.Message);
    }

    [Fact]
    public void A_primary_beyond_the_spec_is_listed_and_can_be_reached()
    {
        var now = Situation(Cluster(new() { Instances = 1 }, Led(S1)), Sound().WithPostgres(S1, Writing()), Now);
        var status = StatusReport.Build(now, Plan(now), Fine);

        Assert.Equal([Pr, S1], status.Instances.Select(instance => instance.Name));
        Assert.Contains("port=5432,5433", status.Endpoints!.ReadWrite);
    }

    /// <summary>It is replaced one instance at a time, and stays where it is if it cannot be replaced.</summary>
    [Fact]
    public void An_instance_is_said_to_be_where_its_pod_is_and_not_where_the_spec_wants_it()
    {
        var spec = new ClusterSpec { Instances = 3, Podman = new() { BindAddress = "192.0.2.99", BasePort = 7000 } };
        var seen = Sound(3)
            .WithPod(Pr, new PodSeen(Pr, PodState.Running) { HostAddress = "192.0.2.1", HostPort = 5432 })
            .WithPod(S1, new PodSeen(S1, PodState.Running) { HostAddress = "", HostPort = 5433 })
            .WithPod(S2, null);
        var now = Situation(Cluster(spec, Led()), seen, Now);
        var status = StatusReport.Build(now, Plan(now), Fine);

        Assert.Equal(["192.0.2.1:5432", "127.0.0.1:5433", "192.0.2.99:7002"], status.Instances.Select(instance => instance.Address));
        const string hosts = "host=192.0.2.1,127.0.0.1,192.0.2.99 port=5432,5433,7002 dbname=";
        Assert.StartsWith(hosts, status.Endpoints!.ReadWrite, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fenced_instance_is_listed_as_long_as_it_is_a_member_or_has_data()
    {
        var gone = Situation(Cluster(new() { Instances = 2 }, Led() with { Fenced = [S1, S2] }), Sound(), Now);
        var stopped = Sound().WithPod(S1, null).WithPostgres(S1, null);
        var kept = Situation(Cluster(new() { Instances = 1 }, Led() with { Fenced = [S1] }), stopped, Now);

        Assert.Equal([S1], StatusReport.Build(gone, Plan(gone), Fine).Fenced);
        Assert.Equal([S1], StatusReport.Build(kept, Plan(kept), Fine).Fenced);
    }
}
