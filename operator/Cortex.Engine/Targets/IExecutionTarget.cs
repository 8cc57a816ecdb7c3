using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets;

/// <summary>
/// What runs pods: Podman or Kubernetes. Every call may be repeated and may have been cut in half before: making what exists
/// and removing what is gone are successes. An object that belongs to somebody else is never changed: <see cref="ForeignObjectException"/>.
/// </summary>
public interface IExecutionTarget : IJobs
{
    /// <summary>What there is of this cluster.</summary>
    Task<Inventory> ListAsync(ClusterKey cluster, CancellationToken ct);

    /// <summary>The id of an image that is present; null when it is absent and cannot be had.</summary>
    Task<string?> FindImageAsync(string image, CancellationToken ct);

    Task EnsureNetworkAsync(ClusterKey cluster, CancellationToken ct);

    Task DeleteNetworkAsync(ClusterKey cluster, CancellationToken ct);

    /// <summary>An empty volume that the given user may write to, or the one that is there.</summary>
    Task EnsureVolumeAsync(ClusterKey cluster, string instance, VolumeWish wish, CancellationToken ct);

    /// <summary>Asks for a larger volume. Never asked where <see cref="VolumeSeen.Size"/> is null.</summary>
    /// <param name="size">A quantity such as <c>10Gi</c>.</param>
    /// <returns>Why it is refused, also told by <see cref="VolumeSeen.Refused"/> for a while; null where it is not.</returns>
    Task<string?> GrowVolumeAsync(ClusterKey cluster, string instance, string size, CancellationToken ct);

    Task DeleteVolumeAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Stores a secret, replacing one of that name.</summary>
    Task StoreSecretAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct);

    /// <summary>The content of the named secrets, those that exist. It passes through memory only.</summary>
    Task<IReadOnlyDictionary<string, byte[]>> ReadSecretsAsync(ClusterKey cluster, string image, IReadOnlyList<string> names, CancellationToken ct);

    Task DeleteSecretAsync(ClusterKey cluster, string name, CancellationToken ct);

    /// <summary>The pod of an instance as this target wants it.</summary>
    V1Pod Describe(CortexCluster cluster, string instance, ImageFacts image);

    /// <summary>Whether this target could make that pod, as far as can be told before it is made.</summary>
    /// <exception cref="TargetException">It could not: the field of the spec, and the remedy.</exception>
    void DemandPlace(V1Pod pod);

    /// <summary>
    /// Makes the pod when there is none and orders its start when it does not run. The pod's name is its instance's. What was ordered is
    /// never left half heard, or it could come true after a fence that did not see it; whether it runs, the next look tells.
    /// </summary>
    Task StartPodAsync(ClusterKey cluster, V1Pod pod, CancellationToken ct);

    /// <summary>
    /// Stops PostgreSQL in the pod, so that nothing starts it again by itself, and returns when it has been SEEN not running, with how it ended
    /// (null when there was no pod). <paramref name="grace"/> zero kills at once; otherwise a fast shutdown (SIGINT) may take that long before the kill.
    /// A pod that cannot be seen stopped in any other way is removed. Throws where the stop cannot be proven.
    /// </summary>
    Task<PodEnd?> StopPodAsync(ClusterKey cluster, string instance, TimeSpan grace, CancellationToken ct);

    /// <summary>
    /// Kills PostgreSQL in the pod and returns when it is PROVEN that none of its processes is left and that nothing starts them again by itself, as
    /// <see cref="StopPodAsync"/> without grace does. The target's own records may say so a moment later.
    /// </summary>
    Task<PodEnd?> FencePodAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>The bytes of pg_control in the volume of an instance; null when they cannot be had.</summary>
    /// <param name="image">What a container that has to look can be made from.</param>
    Task<byte[]?> ReadControlAsync(ClusterKey cluster, string image, string instance, CancellationToken ct);

    /// <summary>The end of what PostgreSQL logged, whether it runs or not; empty when there is no container.</summary>
    Task<string> ReadLogAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Removes the pod; stops it first.</summary>
    Task DeletePodAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Takes a pod away without seeing it stopped: its machine is off, by the user's word.</summary>
    Task ForgetPodAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Services send clients that write to this instance, and the others to the rest; nothing where the target has no services.</summary>
    Task AssignRolesAsync(ClusterKey cluster, string primary, CancellationToken ct);

    /// <summary>Makes an object of a Kubernetes API what it should be; nothing is ever asked where <see cref="Inventory.Objects"/> is null.</summary>
    Task ApplyAsync(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> wanted, CancellationToken ct);

    Task RemoveAsync(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> surplus, CancellationToken ct);

    /// <summary>Runs a container to its end. One left over under the same name, running or not, is removed first.</summary>
    Task<OneShotResult> RunOneShotAsync(OneShot task, CancellationToken ct);

    /// <summary>Where the operator reaches the instance's PostgreSQL: where its pod was last seen, or where the spec has it.</summary>
    InstanceAddress AddressOf(ClusterKey cluster, ClusterSpec spec, string instance);

    /// <summary>Keys of clusters whose objects changed outside our doing (a container died), as it happens. Ends only with the token.</summary>
    IAsyncEnumerable<ClusterKey> WatchAsync(CancellationToken ct);
}

/// <summary>How PostgreSQL in a pod ended.</summary>
/// <param name="ExitCode">Null where the target does not tell: it forgot it with the pod, or has not heard of it yet.</param>
/// <param name="At">When, where the target knows.</param>
public sealed record PodEnd(int? ExitCode, DateTimeOffset? At);

/// <summary>Whose a volume is to be, and where and how large, where the target can choose.</summary>
public sealed record VolumeWish(int Uid, int Gid, StorageSpec Storage);

/// <summary>Where the operator reaches an instance.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Name">What the server's certificate must carry; null where that is <paramref name="Host"/>.</param>
public sealed record InstanceAddress(string Host, int Port, string? Name = null);

/// <summary>A name that we need is taken by an object that is not ours.</summary>
public sealed class ForeignObjectException(ForeignObject thing)
    : Exception($"{thing.Kind} {thing.Name} belongs to {thing.Owner}; rename the cluster or remove the {thing.Kind}")
{
    public ForeignObject Thing { get; } = thing;
}

/// <summary>The target refused or could not be reached; the message says what to do next.</summary>
public sealed class TargetException(string message, Exception? cause = null) : Exception(message, cause);
