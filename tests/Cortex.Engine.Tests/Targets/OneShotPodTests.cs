using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Kubernetes;

namespace Cortex.Engine.Tests.Targets;

public sealed class OneShotPodTests
{
    private static readonly OneShot Task = new() { Cluster = new("shop", "cortex"), Name = "cortex-pr-task", Image = "postgres", Script = "true", Instance = "cortex-pr" };

    /// <summary>A primary whose machine is being drained hands over only when its control file was read, which may lie on that machine alone.</summary>
    [Fact]
    public void What_takes_a_moment_runs_on_a_cordoned_machine_and_a_copy_does_not()
    {
        var toleration = Assert.Single(OneShotPod.Render(Task, node: null).Spec.Tolerations);

        Assert.Equal(("node.kubernetes.io/unschedulable", "Exists", "NoSchedule"), (toleration.Key, toleration.OperatorProperty, toleration.Effect));
        Assert.Null(OneShotPod.Render(Task with { OnNetwork = true }, node: null).Spec.Tolerations);
    }
}
