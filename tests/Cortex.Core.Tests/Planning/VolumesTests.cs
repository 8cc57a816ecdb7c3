using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>Volumes that exist and a size that was edited.</summary>
public sealed class VolumesTests
{
    private static readonly ClusterSpec Larger = new() { Storage = new() { Size = "20Gi" } };

    private static Observation Sized(string? size, GrowthRefused? refused = null, int instances = 2)
    {
        var seen = Sound(instances);
        var volumes = seen.Inventory.Volumes.Select(volume => volume with { Size = size, Refused = refused });
        return seen with { Inventory = seen.Inventory with { Volumes = [.. volumes] } };
    }

    [Theory]
    [InlineData("10Gi", true)]
    [InlineData("20000Mi", true)]
    [InlineData("20G", true)]
    [InlineData("20Gi", false)]
    [InlineData("20480Mi", false)]
    [InlineData("1Ti", false)]
    [InlineData(null, false)] // Podman, and a claim that is not bound yet
    public void Volumes_that_are_smaller_grow_and_no_other(string? size, bool grows) => Assert.Equal(
        grows ? [new Step.GrowVolume(Pr, "20Gi"), new Step.GrowVolume(S1, "20Gi")] : [],
        Plan(Cluster(Larger, Led()), Sized(size)).Flat());

    [Fact]
    public void A_full_volume_grows_before_a_policy_waits_for_its_server()
    {
        var steps = Plan(Cluster(Larger, Led()), Sized("10Gi").WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, PodState.Exited))).Flat();

        Assert.Equal(new Step.GrowVolume(Pr, "20Gi"), steps[0]);
        Assert.Contains(new Step.StartPod(Pr), steps);
    }

    [Fact]
    public void The_volume_of_an_instance_that_is_not_wanted_is_left_as_it_is() =>
        Assert.DoesNotContain(new Step.GrowVolume(S2, "20Gi"), Plan(Cluster(Larger, Led()), Sized("10Gi", instances: 3)).Flat());

    [Fact]
    public void A_refusal_is_a_condition_blocks_nothing_and_another_size_is_requested_at_once()
    {
        var refused = Sized("10Gi", new GrowthRefused("20Gi", "its class lets no volume grow"));
        var now = new Situation(Cluster(Larger, Led()), refused, Now);
        var status = StatusReport.Build(now, Plan(now.Cluster, refused), new PassOutcome(null, null));

        Assert.Empty(Plan(now.Cluster, refused).Flat());
        Assert.Equal(
            ("True", Reasons.ActionFailed, "cortex-pr-data, cortex-s1-data stay at 10Gi, not 20Gi: its class lets no volume grow"),
            status.Conditions.Where(condition => condition.Type == ConditionTypes.Progressing)
                .Select(condition => (condition.Status, condition.Reason, condition.Message)).Single());
        Assert.Equal("True", status.Conditions.Single(condition => condition.Type == ConditionTypes.Ready).Status);
        Assert.Equal(2, Plan(Cluster(new() { Storage = new() { Size = "30Gi" } }, Led()), refused).Flat().Count);
        Assert.True(Plan(Cluster(new(), Led()), refused).IsIdle);
    }

    [Fact]
    public void A_smaller_size_is_stored_with_a_warning()
    {
        var decision = Admission.Judge(Cluster(Larger), Cluster(new()));

        Assert.Empty(decision.Refused);
        Assert.Contains(
            "spec.storage.size: volumes cannot shrink: those that have 20Gi keep it, and new volumes get 10Gi", decision.Warnings);
        Assert.DoesNotContain(
            Admission.Judge(Cluster(new()), Cluster(Larger)).Warnings, name => name.StartsWith("spec.storage", StringComparison.Ordinal));
    }
}
