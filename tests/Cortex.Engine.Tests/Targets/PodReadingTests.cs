using Cortex.Core.Naming;
using Cortex.Engine.Targets.Kubernetes;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What the status of a pod says of the end of its server.</summary>
public sealed class PodReadingTests
{
    [Fact]
    public void An_exit_code_that_the_machine_made_up_is_not_told()
    {
        Assert.Equal(3, PodReading.EndOf(Pod(Ended("Error", 3)))?.ExitCode);
        Assert.Null(PodReading.EndOf(Pod(Ended("ContainerStatusUnknown", 137))));
        Assert.Null(PodReading.EndOf(Pod(Ended("ContainerStatusUnknown", 137), before: Ended("Error", 1))));
        Assert.Equal(1, PodReading.EndOf(Pod(new() { Waiting = new() }, before: Ended("Error", 1)))?.ExitCode);
        Assert.Null(PodReading.Read(Pod(Ended("ContainerStatusUnknown", 137)), lost: false).ExitCode);
    }

    private static V1ContainerState Ended(string reason, int code) => new() { Terminated = new() { Reason = reason, ExitCode = code } };

    private static V1Pod Pod(V1ContainerState state, V1ContainerState? before = null) => new()
    {
        Metadata = new() { Name = "cortex-pr" },
        Spec = new() { Containers = [] },
        Status = new() { Phase = "Failed", ContainerStatuses = [new() { Name = Names.PostgresContainer, State = state, LastState = before }] },
    };
}
