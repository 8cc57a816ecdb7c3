using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// What a pod's status says about PostgreSQL in it (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/). A container that
/// ended is restarted by its machine, so its end proves nothing: only a pod that failed as a whole, or is not there, rests.
/// </summary>
internal static class PodReading
{
    private static readonly HashSet<string> Hopeless =
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
        var image = pod.Spec.Containers.FirstOrDefault(one => one.Name == Names.PostgresContainer)?.Image;
        return new PodSeen(
            pod.Metadata.Name,
            state,
            state == PodState.Exited ? Told(postgres?.State?.Terminated)?.ExitCode : null,
            postgres?.RestartCount ?? 0,
            image,
            state == PodState.Exited && Told(postgres?.State?.Terminated)?.FinishedAt is { } end ? new DateTimeOffset(end) : null)
        {
            // An image is known by its reference here: see FindImageAsync.
            ImageId = image,
            Revision = pod.Metadata.Labels?.TryGetValue(Labels.Revision, out var revision) == true ? revision : null,
            Role = pod.Metadata.Labels?.TryGetValue(Labels.Role, out var role) == true ? role : "",
            StartedAt = postgres?.State?.Running?.StartedAt is { } start ? new DateTimeOffset(start) : null,
            IsLost = lost,
            StartProblem = TroubleOf(pod),
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

    /// <summary>Null where it is not the pod of a job, or is on its way out.</summary>
    public static JobSeen? ReadJob(V1Pod pod) => pod.Metadata.DeletionTimestamp is null
        ? Job.Seen(pod.Metadata.Labels as IReadOnlyDictionary<string, string>, ExitCodeOf(pod, OneShotPod.Container)) is { } job
            ? job with { Image = pod.Spec.Containers[0].Image, StartProblem = TroubleOf(pod) }
            : null
        : null;

    /// <summary>How a container that is not started again ended, 137 where the pod was ended from outside; null while it may run.</summary>
    public static int? ExitCodeOf(V1Pod pod, string container) =>
        Container(pod, container)?.State?.Terminated?.ExitCode ?? (pod.Status?.Phase is "Failed" ? OneShotResult.Killed : null);

    public static V1ContainerStatus? Postgres(V1Pod pod) => Container(pod, Names.PostgresContainer);

    /// <summary>How PostgreSQL ended; null where it runs. A container that waits to be started again tells of its last end.</summary>
    public static V1ContainerStateTerminated? EndOf(V1Pod pod) =>
        Postgres(pod) is { State.Running: null } postgres ? Told(postgres.State?.Terminated ?? postgres.LastState?.Terminated) : null;

    /// <summary>
    /// pg_control as a server left it that ended cleanly, by its own word; null where there is no such word, as from a pod that an earlier
    /// version made. It counts of the pod's last container alone, and where that ran when the pod was told to end: a machine may start
    /// another one before it tells of the end of the first.
    /// </summary>
    /// <param name="told">The pod when it was told to end.</param>
    /// <param name="last">The same pod as it was when it went.</param>
    public static byte[]? ControlLeftBy(V1Pod told, V1Pod last) =>
        Postgres(told) is { State.Running: not null, ContainerID: var ran }
            && Postgres(last) is { State.Terminated: { ExitCode: 0 } end, ContainerID: var ended }
            && ran == ended
            ? ServerProcess.ControlIn(end.Message)
            : null;

    /// <summary>
    /// Where a container was cleaned away before its machine looked, the machine makes up the exit code 137 (kubelet,
    /// "ContainerStatusUnknown"): that tells nothing of the end.
    /// </summary>
    private static V1ContainerStateTerminated? Told(V1ContainerStateTerminated? end) =>
        end is { Reason: "ContainerStatusUnknown" } ? null : end;

    public static V1ContainerStatus? Container(V1Pod pod, string name) =>
        pod.Status?.ContainerStatuses?.FirstOrDefault(one => one.Name == name);

    /// <summary>It cannot run, and waiting will not help by itself; null where nothing of the kind is known.</summary>
    public static string? TroubleOf(V1Pod pod)
    {
        var waiting = (pod.Status?.ContainerStatuses ?? []).Select(one => one.State?.Waiting)
            .FirstOrDefault(one => one is not null && Hopeless.Contains(one.Reason ?? ""));
        if (waiting is not null)
        {
            return string.IsNullOrEmpty(waiting.Message) ? waiting.Reason : $"{waiting.Reason}: {waiting.Message}";
        }

        return pod.Status?.Conditions?.FirstOrDefault(one => one is { Type: "PodScheduled", Status: "False" }) is { } unscheduled
            ? $"{unscheduled.Reason}: {unscheduled.Message}"
            : null;
    }

    /// <summary>
    /// Its machine may be away: the control plane has declared it not ready while the machine's own last word is that its containers are,
    /// or it was told to go and is still there.
    /// </summary>
    public static bool MayBeLost(V1Pod pod, DateTimeOffset now)
    {
        if (pod.Spec.NodeName is null)
        {
            return false;
        }

        var contradicted = pod.Status?.Conditions?.Any(one => one is { Type: "Ready", Status: "False" or "Unknown" }) == true
            && pod.Status.ContainerStatuses is { Count: > 0 } all && all.All(one => one.Ready);
        return contradicted || IsOverdue(pod, now);
    }

    /// <summary>The time it was given to end is long over: the deletion timestamp is the end of that time.</summary>
    public static bool IsOverdue(V1Pod pod, DateTimeOffset now) =>
        pod.Metadata.DeletionTimestamp is { } due && now - new DateTimeOffset(due) > Overdue;

    /// <summary>
    /// It was made a moment ago and no server of it has ended: what its volume says changes at this moment, and a second pod on that
    /// volume would only hold up its start.
    /// </summary>
    public static bool IsNew(V1Pod pod, DateTimeOffset now) =>
        pod is { Metadata: { DeletionTimestamp: null, CreationTimestamp: { } made } }
        && now - new DateTimeOffset(made) < LongestStart && Postgres(pod) is null or { RestartCount: 0, State.Terminated: null };

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(15);

    private static PodState StateOf(V1Pod pod, V1ContainerStatus? postgres) =>
        pod.Status?.Phase is "Failed" or "Succeeded" ? PodState.Exited
        : postgres?.State?.Running is not null ? PodState.Running
        : PodState.Unknown;
}
