using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// What the status of a pod says about PostgreSQL in it (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/). A node
/// restarts a container that ended, so this end proves nothing: only a pod that failed as a whole, or does not exist, is stopped.
/// </summary>
internal static class PodReading
{
    private static readonly HashSet<string> Unstartable =
        [
            "ErrImagePull",
            "ImagePullBackOff",
            "ErrImageNeverPull",
            "InvalidImageName",
            "CreateContainerConfigError",
            "CreateContainerError",
            "RunContainerError",
        ];

    public static PodSeen Read(V1Pod pod, bool lost)
    {
        var postgres = Postgres(pod);
        var state = StateOf(pod, postgres);
        var image = pod.Spec.Containers.FirstOrDefault(container => container.Name == Names.PostgresContainer)?.Image;
        return new PodSeen(
            pod.Metadata.Name,
            state,
            state == PodState.Exited ? Known(postgres?.State?.Terminated)?.ExitCode : null,
            postgres?.RestartCount ?? 0,
            image,
            state == PodState.Exited && Known(postgres?.State?.Terminated)?.FinishedAt is { } end ? new DateTimeOffset(end) : null)
        {
            // On Kubernetes, the id of an image is its reference: see FindImageAsync.
            ImageId = image,
            Revision = pod.Metadata.Labels?.TryGetValue(Labels.Revision, out var revision) == true ? revision : null,
            Role = pod.Metadata.Labels?.TryGetValue(Labels.Role, out var role) == true ? role : "",
            StartedAt = postgres?.State?.Running?.StartedAt is { } start ? new DateTimeOffset(start) : null,
            IsLost = lost,
            StartProblem = ProblemOf(pod),
        };
    }

    /// <summary>Null for a one-shot.</summary>
    public static Workload? WorkloadOf(ClusterKey cluster, V1Pod pod) =>
        Workload.Of(cluster, pod.Metadata.Name, pod.Metadata.Labels as IReadOnlyDictionary<string, string>);

    /// <summary>The state of a pod that is not an instance.</summary>
    public static PodState StateOfOther(V1Pod pod) => pod.Status?.Phase switch
    {
        "Running" => PodState.Running,
        "Failed" or "Succeeded" => PodState.Exited,
        "Pending" => PodState.Created,
        _ => PodState.Unknown,
    };

    /// <summary>Null where the pod is not that of a job, or is being deleted.</summary>
    public static JobSeen? ReadJob(V1Pod pod) => pod.Metadata.DeletionTimestamp is null
        ? Job.Seen(pod.Metadata.Labels as IReadOnlyDictionary<string, string>, ExitCodeOf(pod, OneShotPod.Container)) is { } job
            ? job with { Image = pod.Spec.Containers[0].Image, StartProblem = ProblemOf(pod) }
            : null
        : null;

    /// <summary>
    /// The exit code of a container that is not restarted, 137 where another program ended the pod; null while the container may run.
    /// </summary>
    public static int? ExitCodeOf(V1Pod pod, string container) =>
        Container(pod, container)?.State?.Terminated?.ExitCode ?? (pod.Status?.Phase is "Failed" ? OneShotResult.Killed : null);

    public static V1ContainerStatus? Postgres(V1Pod pod) => Container(pod, Names.PostgresContainer);

    /// <summary>How PostgreSQL ended; null where it runs. For a container that waits for its restart, its last end.</summary>
    public static V1ContainerStateTerminated? EndOf(V1Pod pod) =>
        Postgres(pod) is { State.Running: null } postgres ? Known(postgres.State?.Terminated ?? postgres.LastState?.Terminated) : null;

    /// <summary>
    /// pg_control after a clean shutdown, as the server wrote it into its termination message; null where there is no such message, as from
    /// a pod of an earlier version. Only the message of the pod's last container counts, and only if that container ran when the pod was
    /// told to end: a node may start another container before it reports the end of the first.
    /// </summary>
    /// <param name="told">The pod when it was told to end.</param>
    /// <param name="last">The last state of the same pod.</param>
    public static byte[]? ControlLeftBy(V1Pod told, V1Pod last) =>
        Postgres(told) is { State.Running: not null, ContainerID: var ran }
            && Postgres(last) is { State.Terminated: { ExitCode: 0 } end, ContainerID: var ended }
            && ran == ended
            ? ServerProcess.ControlIn(end.Message)
            : null;

    /// <summary>
    /// If a container was removed before its node read its state, the kubelet invents the exit code 137 ("ContainerStatusUnknown"), which
    /// says nothing about the end.
    /// </summary>
    private static V1ContainerStateTerminated? Known(V1ContainerStateTerminated? end) =>
        end is { Reason: "ContainerStatusUnknown" } ? null : end;

    public static V1ContainerStatus? Container(V1Pod pod, string name) =>
        pod.Status?.ContainerStatuses?.FirstOrDefault(container => container.Name == name);

    /// <summary>Why the pod cannot run and will not without a change; null where no such reason is known.</summary>
    public static string? ProblemOf(V1Pod pod)
    {
        var waiting = (pod.Status?.ContainerStatuses ?? []).Select(container => container.State?.Waiting)
            .FirstOrDefault(state => state is not null && Unstartable.Contains(state.Reason ?? ""));
        if (waiting is not null)
        {
            return string.IsNullOrEmpty(waiting.Message) ? waiting.Reason : $"{waiting.Reason}: {waiting.Message}";
        }

        return pod.Status?.Conditions?.FirstOrDefault(known => known is { Type: "PodScheduled", Status: "False" }) is { } unscheduled
            ? $"{unscheduled.Reason}: {unscheduled.Message}"
            : null;
    }

    /// <summary>
    /// Whether the node of the pod may be lost: the control plane has declared the pod not ready although the node last reported its
    /// containers as ready, or the pod should have ended and still exists.
    /// </summary>
    public static bool MayBeLost(V1Pod pod, DateTimeOffset now)
    {
        if (pod.Spec.NodeName is null)
        {
            return false;
        }

        var contradicted = pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "False" or "Unknown" }) == true
            && pod.Status.ContainerStatuses is { Count: > 0 } all && all.All(container => container.Ready);
        return contradicted || IsOverdue(pod, now);
    }

    /// <summary>Whether the pod's grace period ended a while ago: the deletion timestamp is the end of that period.</summary>
    public static bool IsOverdue(V1Pod pod, DateTimeOffset now) =>
        pod.Metadata.DeletionTimestamp is { } due && now - new DateTimeOffset(due) > EndIsOverdueAfter;

    /// <summary>
    /// Whether the pod was made a moment ago and its server has not ended yet: the content of its volume is changing, and a second pod on
    /// that volume would only delay its start.
    /// </summary>
    public static bool IsNew(V1Pod pod, DateTimeOffset now) =>
        pod is { Metadata: { DeletionTimestamp: null, CreationTimestamp: { } made } }
        && now - new DateTimeOffset(made) < StartWindow && Postgres(pod) is null or { RestartCount: 0, State.Terminated: null };

    private static readonly TimeSpan StartWindow = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan EndIsOverdueAfter = TimeSpan.FromSeconds(15);

    private static PodState StateOf(V1Pod pod, V1ContainerStatus? postgres) =>
        pod.Status?.Phase is "Failed" or "Succeeded" ? PodState.Exited
        : postgres?.State?.Running is not null ? PodState.Running
        : PodState.Unknown;
}
