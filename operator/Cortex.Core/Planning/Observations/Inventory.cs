using Cortex.Core.Naming;
using k8s;
using k8s.Models;

namespace Cortex.Core.Planning;

/// <summary>
/// What an execution target has for one cluster, read at one moment. Absence is a fact here: a target that cannot answer throws.
/// </summary>
public sealed record Inventory
{
    public required bool NetworkExists { get; init; }

    /// <summary>The pods of instances.</summary>
    public required IReadOnlyList<PodSeen> Pods { get; init; }

    /// <summary>Pods of the cluster that are not instances. They are removed with the network.</summary>
    public IReadOnlyList<OtherPodSeen> OtherPods { get; init; } = [];

    public required IReadOnlyList<VolumeSeen> Volumes { get; init; }

    public required IReadOnlyList<SecretSeen> Secrets { get; init; }

    /// <summary>At most one for each instance.</summary>
    public IReadOnlyList<JobSeen> Jobs { get; init; } = [];

    /// <summary>
    /// By instance, its address in the cluster's network: the one that it has, or that it will get and keep. An instance without one is
    /// reached by its name.
    /// </summary>
    public IReadOnlyDictionary<string, string> Addresses { get; init; } = new Dictionary<string, string>();

    /// <summary>Objects that have a name of this cluster and another owner. The operator does not touch them.</summary>
    public IReadOnlyList<ForeignObject> Foreign { get; init; } = [];

    /// <summary>Services and similar objects, as a Kubernetes API has them; null where the target has no such objects.</summary>
    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>>? Objects { get; init; }

    /// <summary>The target is a Kubernetes cluster: clients come through services, which select pods by their role.</summary>
    public bool HasServices => Objects is not null;

    public static readonly Inventory Empty = new() { NetworkExists = false, Pods = [], Volumes = [], Secrets = [] };

    public PodSeen? Pod(string instance) => Pods.FirstOrDefault(pod => pod.Instance == instance);

    public JobSeen? Job(string instance) => Jobs.FirstOrDefault(job => job.Instance == instance);

    public bool HasVolume(string instance) => Volumes.Any(volume => volume.Instance == instance);
}

/// <summary>An instance's pod.</summary>
/// <param name="Image">The reference that it was made from.</param>
/// <param name="StoppedAt">When it ended, if it is <see cref="PodState.Exited"/> and the target knows.</param>
public sealed record PodSeen(
    string Instance, PodState State, int? ExitCode = null, int Restarts = 0, string? Image = null, DateTimeOffset? StoppedAt = null)
{
    /// <summary>The id of the image that it was made from; null where the target does not tell.</summary>
    public string? ImageId { get; init; }

    /// <summary>The <c>PodRevision</c> that it was made with; null where an earlier version made it.</summary>
    public string? Revision { get; init; }

    /// <summary>
    /// The address and port that it has on this machine; null where it has no port. The address is also null where it has every address.
    /// </summary>
    public string? HostAddress { get; init; }

    public int? HostPort { get; init; }

    /// <summary>When its container last started, with a resolution of a second; null where that is not known.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>It died, and the target never decided whether to start it again: it does not run, and is not started by itself.</summary>
    public bool IsForgotten { get; init; }

    /// <summary>The role by which services select it; null where the target has no services.</summary>
    public string? Role { get; init; }

    /// <summary>Its machine does not answer: whether it runs cannot be seen, and no command reaches it.</summary>
    public bool IsLost { get; init; }

    /// <summary>Why it cannot start, in the target's words: no machine has room for it, its image cannot be pulled.</summary>
    public string? StartProblem { get; init; }

    /// <summary>
    /// It does not run and waits for a start: stopped, not yet started, or without its container because its creation was interrupted.
    /// </summary>
    public bool IsAtRest => State is PodState.Exited or PodState.Created
        || IsForgotten || this is { State: PodState.Unknown, Image: null };
}

/// <summary>A pod that is not an instance.</summary>
/// <param name="State">Running while any of its containers runs; Exited when all have ended.</param>
public sealed record OtherPodSeen(Workload Workload, PodState State);

/// <summary>An instance's data volume.</summary>
public sealed record VolumeSeen(string Name, string Instance)
{
    /// <summary>A quantity such as <c>10Gi</c>; null where volumes of the target have no size, or it cannot be changed yet.</summary>
    public string? Size { get; init; }

    /// <summary>A recent refusal to make it larger; null where there was no attempt, or only long ago.</summary>
    public GrowthRefused? Refused { get; init; }
}

/// <summary>The target refused to make a volume larger.</summary>
/// <param name="Size">The requested size.</param>
public sealed record GrowthRefused(string Size, string Why);

/// <summary>A secret by name; its id changes with its content.</summary>
public sealed record SecretSeen(string Name, string Id);

/// <summary>An object of another owner under a name of this cluster: <c>volume cortex-pr-data</c> and its owner, in words.</summary>
public sealed record ForeignObject(string Kind, string Name, string Owner)
{
    /// <summary>The kind of the network of a cluster.</summary>
    public const string Network = "network";
}

/// <summary>The state of the PostgreSQL container of a pod.</summary>
public enum PodState
{
    /// <summary>Created, not started.</summary>
    Created,

    Running,

    /// <summary>Suspended by a user: it holds its data directory and would continue to write when it is resumed.</summary>
    Paused,

    /// <summary>Seen stopped.</summary>
    Exited,

    /// <summary>In transition: it proves nothing.</summary>
    Unknown,
}
