using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;
using k8s.Models;

namespace Cortex.Core.Tests.Planning;

/// <summary>The numbers that Kubernetes uses: the scale of the resource, and how many pods an eviction must leave.</summary>
public sealed class ScaleTests
{
    [Theory]
    [InlineData(1, null), InlineData(2, null), InlineData(3, 1), InlineData(4, 2), InlineData(9, 7)]
    public void Of_the_standbys_one_may_be_evicted_at_a_time_and_the_only_one_always(int instances, int? staying)
    {
        var standbys = Budgets(instances).SingleOrDefault(budget => budget.Metadata.Name == "cortex");

        Assert.Equal(staying?.ToString(), standbys?.Spec.MinAvailable?.ToString());
    }

    [Theory, InlineData(1), InlineData(2), InlineData(9)]
    public void The_primary_is_never_evicted(int instances)
    {
        var primary = Budgets(instances).Single(budget => budget.Metadata.Name == "cortex-primary");

        Assert.Equal(("1", Labels.PrimaryRole), (primary.Spec.MinAvailable.ToString(), primary.Spec.Selector.MatchLabels[Labels.Role]));
    }

    /// <summary>Any other form is counted from the scale, which includes the primary.</summary>
    [Fact]
    public void Budgets_say_how_many_stay_as_a_number() => Assert.All(Budgets(3), budget =>
    {
        Assert.Null(budget.Spec.MaxUnavailable);
        Assert.True(int.TryParse(budget.Spec.MinAvailable.ToString(), out _));
    });

    /// <summary>The API refuses to evict a pod that two budgets select.</summary>
    [Fact]
    public void No_pod_is_in_two_budgets() =>
        Assert.Equal(
            [Labels.PrimaryRole, Labels.StandbyRole],
            Budgets(3).Select(budget => budget.Spec.Selector.MatchLabels[Labels.Role]).Order(StringComparer.Ordinal));

    [Fact]
    public void Status_counts_the_instances_that_there_are_and_says_what_selects_them()
    {
        var now = new Situation(Given.Cluster(new() { Instances = 3 }, Given.Led()), Given.Sound(), Given.Now);
        var status = StatusReport.Build(now, Given.Plan(now), new PassOutcome(null, null));

        var labels = KubernetesPod.Render(now.Cluster, Given.S1, Given.Image).Metadata.Labels;
        var terms = status.Selector!.Split(',').Select(part => part.Split('=')).ToDictionary(item => item[0], item => item[1]);
        Assert.Equal(2, status.InstancesCount);
        Assert.All(terms, term => Assert.Equal(term.Value, labels[term.Key]));
        Assert.Equal(Labels.InstanceComponent, terms[Labels.Component]);
    }

    private static IEnumerable<V1PodDisruptionBudget> Budgets(int instances) =>
        ClusterObjects.Render(Given.Cluster(new() { Instances = instances }), Names.Instances("cortex", instances), null)
            .OfType<V1PodDisruptionBudget>();
}
