using Cortex.Core.Api;

namespace Cortex.Core.Naming;

/// <summary>
/// What a pod or a container of a cluster is for. All of them have the labels of the cluster, and only an instance is one of its servers. A
/// pod of another kind, such as a pooler, is never taken for an instance.
/// </summary>
/// <param name="Name">Of an instance or another pod, its name; of a job, the instance on whose volume it works.</param>
public readonly record struct Workload(WorkloadKind Kind, string Name)
{
    /// <summary>By its name and its labels; null for a one-shot, which only its caller waits for.</summary>
    public static Workload? Of(ClusterKey cluster, string name, IReadOnlyDictionary<string, string>? labels) =>
        labels?.ContainsKey(Labels.Workload) == true ? new Workload(WorkloadKind.Other, name)
        : labels?.TryGetValue(Labels.JobOf, out var instance) == true ? new Workload(WorkloadKind.Job, instance)
        : Names.IndexOf(cluster.Name, name) is not null ? new Workload(WorkloadKind.Instance, name)
        : null;
}

public enum WorkloadKind
{
    /// <summary>One PostgreSQL server of the cluster.</summary>
    Instance,

    /// <summary>Work on the volume of an instance that may take hours.</summary>
    Job,

    /// <summary>A pod that is neither.</summary>
    Other,
}
