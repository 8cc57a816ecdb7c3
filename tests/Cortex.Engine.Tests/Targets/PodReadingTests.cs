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

    [Fact]
    public void What_a_server_left_is_told_by_the_last_container_alone_and_where_it_ended_cleanly()
    {
        var (control, word) = (Controls.Clean, Controls.Word);

        Assert.Equal(control, PodReading.ControlLeftBy(Pod(Told(0, word))));
        Assert.Null(PodReading.ControlLeftBy(Pod(Told(3, word))));
        Assert.Null(PodReading.ControlLeftBy(Pod(new() { Waiting = new() }, before: Told(0, word))));
        Assert.Null(PodReading.ControlLeftBy(Pod(new() { Running = new() }, before: Told(0, word))));
        Assert.Null(PodReading.ControlLeftBy(Pod(Told(137, word), before: Told(0, word))));
        // As kubelets up to 1.18 leave the status of a pod that goes, and as a pod does that an earlier version made.
        Assert.Null(PodReading.ControlLeftBy(Pod(new() { Terminated = new() })));
    }

    private static V1ContainerState Told(int code, string message) => new() { Terminated = new() { ExitCode = code, Message = message } };

    private static V1ContainerState Ended(string reason, int code) => new() { Terminated = new() { Reason = reason, ExitCode = code } };

    private static V1Pod Pod(V1ContainerState state, V1ContainerState? before = null) => new()
    {
        Metadata = new() { Name = "cortex-pr" },
        Spec = new() { Containers = [] },
        Status = new() { Phase = "Failed", ContainerStatuses = [new() { Name = Names.PostgresContainer, State = state, LastState = before }] },
    };
}
