using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Tests;

/// <summary>What a pod or a container of a cluster is for, by its name and its labels.</summary>
public sealed class WorkloadTests
{
    private static readonly ClusterKey Key = new("default", "cortex");

    [Fact]
    public void A_pod_under_the_name_of_an_instance_is_that_instance() =>
        Assert.Equal(new Workload(WorkloadKind.Instance, "cortex-s1"), Workload.Of(Key, "cortex-s1", Labels.Of(Key, "cortex-s1")));

    /// <summary>With any name: it would be started, stopped and promoted as an instance.</summary>
    [Theory]
    [InlineData("cortex-pooler")]
    [InlineData("cortex-s1")]
    public void A_pod_with_another_purpose_is_not_an_instance(string name)
    {
        var labels = new Dictionary<string, string>(Labels.Of(Key)) { [Labels.Workload] = "pooler" };

        Assert.Equal(new Workload(WorkloadKind.Other, name), Workload.Of(Key, name, labels));
    }

    [Fact]
    public void A_job_is_known_by_the_instance_on_whose_volume_it_works() =>
        Assert.Equal(
            new Workload(WorkloadKind.Job, "cortex-s1"),
            Workload.Of(Key, Names.OneShot("cortex-s1"), Labels.OfJob(Key, "cortex-s1", "join", "r")));

    [Fact]
    public void A_one_shot_and_the_instance_of_another_cluster_are_not_workloads_of_this_cluster()
    {
        Assert.Null(Workload.Of(Key, Names.OneShot("cortex-s1"), Labels.Of(Key)));
        Assert.Null(Workload.Of(Key, "other-pr", Labels.Of(Key)));
    }
}
