using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using k8s.Models;

namespace Cortex.Engine.Targets;

/// <summary>
/// The long-lived pods of a cluster: those of instances, which have the name of the instance, and others (<see cref="Workload"/>).
/// </summary>
public interface IPods
{
    /// <summary>The pod of an instance in the form that this target needs.</summary>
    V1Pod Describe(CortexCluster cluster, string instance, ImageFacts image);

    /// <summary>Whether this target could make that pod, as far as can be known before it is made.</summary>
    /// <exception cref="TargetException">It could not: the field of the spec, and the remedy.</exception>
    void DemandPlace(V1Pod pod);

    /// <summary>
    /// Makes the pod when there is none and orders its start when it does not run. An order is never left half given, or it could take
    /// effect after a fence that did not see it; the next look shows whether the pod runs.
    /// </summary>
    Task StartPodAsync(ClusterKey cluster, V1Pod pod, CancellationToken ct);

    /// <summary>
    /// Stops PostgreSQL in the pod, so that nothing starts it again by itself, and returns when it has been SEEN not running, with how it
    /// ended (null when there was no pod). <paramref name="grace"/> zero kills at once; otherwise a fast shutdown (SIGINT) may take that
    /// long before the kill. A pod that cannot be seen stopped in any other way is removed. Throws where the stop cannot be proven.
    /// </summary>
    Task<PodEnd?> StopPodAsync(ClusterKey cluster, string instance, TimeSpan grace, CancellationToken ct);

    /// <summary>
    /// Kills PostgreSQL in the pod and returns when it is PROVEN that none of its processes is left and that nothing starts them again by
    /// itself, as <see cref="StopPodAsync"/> without grace does. The target's own records may say so a moment later.
    /// </summary>
    Task<PodEnd?> FencePodAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Removes the pod of an instance or of another workload; stops it first.</summary>
    Task DeletePodAsync(ClusterKey cluster, string pod, CancellationToken ct);
}

/// <summary>A role of targets with several machines: those that report <see cref="Core.Planning.PodSeen.IsLost"/>.</summary>
public interface ILostPods
{
    /// <summary>Removes a pod without seeing it stopped: the user has declared that its machine is off.</summary>
    Task ForgetPodAsync(ClusterKey cluster, string instance, CancellationToken ct);
}

/// <summary>How PostgreSQL in a pod ended.</summary>
/// <param name="ExitCode">Null where the target does not know it: it is lost with the pod, or not reported yet.</param>
/// <param name="At">When, where the target knows.</param>
public sealed record PodEnd(int? ExitCode, DateTimeOffset? At);
