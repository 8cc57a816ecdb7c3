using Cortex.Core.Api;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Kubernetes;

namespace Cortex.Engine.Tests.Targets;

public sealed class OneShotPodTests
{
    private static readonly OneShot Task = new()
    {
        Cluster = new("shop", "cortex"),
        Name = "cortex-pr-task",
        Image = "postgres",
        Script = "true",
        Instance = "cortex-pr",
    };

    private static readonly CortexCluster Cluster = new() { Metadata = new() { Name = "cortex", NamespaceProperty = "shop", Uid = "u" } };

    /// <summary>kubectl drain refuses a node with a pod that has no controller.</summary>
    [Fact]
    public void It_belongs_to_its_cluster_as_the_instances_do()
    {
        var owner = Assert.Single(OneShotPod.Render(Task, [], node: null, Cluster).Metadata.OwnerReferences);

        Assert.Equal((CortexCluster.KindName, "cortex", "u", true), (owner.Kind, owner.Name, owner.Uid, owner.Controller));
        Assert.Null(OneShotPod.Render(Task, [], node: null, cluster: null).Metadata.OwnerReferences);
    }

    [Fact]
    public void It_writes_to_its_volume_and_to_tmp_and_nowhere_else()
    {
        var work = Assert.Single(OneShotPod.Render(Task, [], node: null, Cluster).Spec.Containers);

        Assert.True(work.SecurityContext.ReadOnlyRootFilesystem);
        Assert.Equal(
            ["/tmp", "/var/lib/cortex"], work.VolumeMounts.Where(mount => mount.ReadOnlyProperty != true).Select(mount => mount.MountPath));
    }

    /// <summary>
    /// A primary whose node is being drained hands over only after its control file was read, which may be on a volume of that node.
    /// </summary>
    [Fact]
    public void Short_work_runs_on_a_cordoned_node_and_a_copy_does_not()
    {
        var toleration = Assert.Single(OneShotPod.Render(Task, [], node: null, Cluster).Spec.Tolerations);

        Assert.Equal(
            ("node.kubernetes.io/unschedulable", "Exists", "NoSchedule"), (toleration.Key, toleration.OperatorProperty, toleration.Effect));
        Assert.Null(OneShotPod.Render(Task with { OnNetwork = true }, [], node: null, Cluster).Spec.Tolerations);
    }
}
