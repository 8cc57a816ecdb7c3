using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using k8s.Models;

namespace Cortex.Engine.Targets;

/// <summary>
/// The long-lived pods of a cluster: those of instances, which have the names of their instances, and others (<see cref="Workload"/>).
/// </summary>
public interface IPods
{
    /// <summary>The pod of an instance in the form that this target needs.</summary>
    V1Pod Describe(CortexCluster cluster, string instance, ImageFacts image);

    /// <summary>Checks whether this target can make the pod, as far as this can be known before.</summary>
    /// <exception cref="TargetException">It cannot; the message has the field of the spec and the remedy.</exception>
    void CheckPlacement(V1Pod pod);

    /// <summary>
    /// Makes the pod if it does not exist, and requests its start if it does not run. A request is always completed before the call
    /// returns; otherwise it could take effect after a fence that did not see it. The next observation shows whether the pod runs.
    /// </summary>
    Task StartPodAsync(ClusterKey cluster, V1Pod pod, CancellationToken ct);

    /// <summary>
    /// Stops PostgreSQL in the pod in such a way that no restart policy starts it again, and returns when it was SEEN not running. Returns
    /// how PostgreSQL ended, null when there was no pod. With <paramref name="grace"/> zero it is killed at once; otherwise a fast shutdown
    /// (SIGINT) may take that long before the kill. A pod whose stop cannot be observed in any other way is removed. Throws where the stop
    /// cannot be proven.
    /// </summary>
    Task<PodEnd?> StopPodAsync(ClusterKey cluster, string instance, TimeSpan grace, CancellationToken ct);

    /// <summary>
    /// Kills PostgreSQL in the pod and returns when it is PROVEN that none of its processes is left and that no restart policy starts it
    /// again, as <see cref="StopPodAsync"/> without grace does. The target's own records may show this a moment later.
    /// </summary>
    Task<PodEnd?> FencePodAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Stops and removes the pod of an instance or of another workload.</summary>
    Task DeletePodAsync(ClusterKey cluster, string pod, CancellationToken ct);
}

/// <summary>A role of targets with several machines: those that report <see cref="Core.Planning.PodSeen.IsLost"/>.</summary>
public interface ILostPods
{
    /// <summary>Removes a pod without seeing it stopped: the user has declared that its machine is off.</summary>
    Task ForgetPodAsync(ClusterKey cluster, string instance, CancellationToken ct);
}

/// <summary>How PostgreSQL in a pod ended.</summary>
/// <param name="ExitCode">Null where the target does not know it: the exit code is lost with the pod, or not reported yet.</param>
/// <param name="At">When, where the target knows.</param>
public sealed record PodEnd(int? ExitCode, DateTimeOffset? At);
