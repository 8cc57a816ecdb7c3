using Cortex.Core.Naming;
using Cortex.Engine.Targets.Kubernetes;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What the status of a pod says about the end of its server.</summary>
public sealed class PodReadingTests
{
    [Fact]
    public void An_exit_code_that_the_node_invented_is_not_reported()
    {
        Assert.Equal(3, PodReading.EndOf(Pod(Ended("Error", 3)))?.ExitCode);
        Assert.Null(PodReading.EndOf(Pod(Ended("ContainerStatusUnknown", 137))));
        Assert.Null(PodReading.EndOf(Pod(Ended("ContainerStatusUnknown", 137), before: Ended("Error", 1))));
        Assert.Equal(1, PodReading.EndOf(Pod(new() { Waiting = new() }, before: Ended("Error", 1)))?.ExitCode);
        Assert.Null(PodReading.Read(Pod(Ended("ContainerStatusUnknown", 137)), lost: false).ExitCode);
    }

    [Fact]
    public void Only_the_last_container_reports_the_control_file_and_only_after_a_clean_end()
    {
        Assert.Equal(SampleControlFile.Clean, Left(EndedWith(0, SampleControlFile.Message)));
        Assert.Null(Left(EndedWith(3, SampleControlFile.Message)));
        Assert.Null(Left(new() { Waiting = new() }, before: EndedWith(0, SampleControlFile.Message)));
        Assert.Null(Left(new() { Running = new() }, before: EndedWith(0, SampleControlFile.Message)));
        Assert.Null(Left(EndedWith(137, SampleControlFile.Message), before: EndedWith(0, SampleControlFile.Message)));
        // As an old kubelet, or a pod of an earlier version, may leave the status.
        Assert.Null(Left(new() { Terminated = new() }));

        byte[]? Left(V1ContainerState last, V1ContainerState? before = null) => PodReading.ControlLeftBy(Pod(Running), Pod(last, before));
    }

    /// <summary>A container that has ended or was restarted is no longer in its first start.</summary>
    [Fact]
    public void A_pod_is_new_for_a_moment_and_until_its_server_has_ended()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(50);
        V1Pod Made(TimeSpan ago, V1ContainerState state, int restarts = 0)
        {
            var pod = Pod(state);
            pod.Metadata.CreationTimestamp = (now - ago).UtcDateTime;
            pod.Status.ContainerStatuses[0].RestartCount = restarts;
            return pod;
        }

        Assert.True(PodReading.IsNew(Made(TimeSpan.FromSeconds(2), Running), now));
        Assert.True(PodReading.IsNew(Made(TimeSpan.FromSeconds(2), new() { Waiting = new() }), now));
        Assert.False(PodReading.IsNew(Made(TimeSpan.FromMinutes(1), Running), now));
        Assert.False(PodReading.IsNew(Made(TimeSpan.FromSeconds(2), Running, restarts: 1), now));
        Assert.False(PodReading.IsNew(Made(TimeSpan.FromSeconds(2), Ended("Error", 1)), now));
    }

    /// <summary>The container ended by itself, and its successor may have accepted writes that no message contains.</summary>
    [Fact]
    public void A_container_that_did_not_run_when_the_pod_was_told_to_end_reports_nothing()
    {
        var last = Pod(EndedWith(0, SampleControlFile.Message));

        Assert.Null(PodReading.ControlLeftBy(Pod(EndedWith(0, SampleControlFile.Message)), last));
        Assert.Null(PodReading.ControlLeftBy(Pod(new() { Waiting = new() }), last));
        Assert.Null(PodReading.ControlLeftBy(Pod(Running, container: "containerd://2"), last));
    }

    private static V1ContainerState Running => new() { Running = new() };

    private static V1ContainerState EndedWith(int code, string message) =>
        new() { Terminated = new() { ExitCode = code, Message = message } };

    private static V1ContainerState Ended(string reason, int code) => new() { Terminated = new() { Reason = reason, ExitCode = code } };

    private static V1Pod Pod(V1ContainerState state, V1ContainerState? before = null, string container = "containerd://1") => new()
    {
        Metadata = new() { Name = "cortex-pr" },
        Spec = new() { Containers = [] },
        Status = new()
        {
            Phase = "Failed",
            ContainerStatuses = [new() { Name = Names.PostgresContainer, ContainerID = container, State = state, LastState = before }],
        },
    };
}
