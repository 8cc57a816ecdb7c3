using Cortex.Core.Api;

namespace Cortex.Core.Naming;

/// <summary>How the operator's objects are distinguished from all others: labels on pods, containers, volumes and networks.</summary>
public static class Labels
{
    public const string ManagedBy = "app.kubernetes.io/managed-by";
    public const string ManagedByValue = "cortex-operator";
    public const string Cluster = "cortex.bicameral.dev/cluster";
    public const string Namespace = "cortex.bicameral.dev/namespace";
    public const string Instance = "cortex.bicameral.dev/instance";

    /// <summary>
    /// On a pod: the <c>PodRevision</c> that it was made with. On a job: the revision of the configuration that it writes.
    /// </summary>
    public const string Revision = "cortex.bicameral.dev/revision";

    /// <summary>
    /// On the container or pod of a job: the instance on whose volume it works. Not <see cref="Instance"/>, which the instance's own
    /// service selects by.
    /// </summary>
    public const string JobOf = "cortex.bicameral.dev/job-of";

    /// <summary>On the container or pod of a job: its kind. A job of an earlier version has none.</summary>
    public const string JobKind = "cortex.bicameral.dev/job-kind";

    /// <summary>On the container or pod of a join: the primary that it makes the instance a standby of.</summary>
    public const string JoinFrom = "cortex.bicameral.dev/join-from";

    /// <summary>On the container or pod of a join: the timeline that the primary had when the join was started.</summary>
    public const string JoinTimeline = "cortex.bicameral.dev/join-timeline";

    /// <summary>On the container or pod of a restore: the request that it is for, see <c>RestoreRequest</c>.</summary>
    public const string Restore = "cortex.bicameral.dev/restore";

    /// <summary>On the container that makes a backup: the UID of the CortexBackup that it is for.</summary>
    public const string BackupUid = "cortex.bicameral.dev/backup-uid";

    /// <summary>On the container of a restore test: what it was started with, see <c>VerificationOrder</c>.</summary>
    public const string Verification = "cortex.bicameral.dev/verification";

    /// <summary>
    /// On a pod that is neither an instance nor a job: its purpose. Not <see cref="Instance"/>, for the same reason. This version makes no
    /// such pod, but never takes one for an instance.
    /// </summary>
    public const string Workload = "cortex.bicameral.dev/workload";

    /// <summary>On a pod on Podman: its address in the cluster's network.</summary>
    public const string Address = "cortex.bicameral.dev/address";

    /// <summary>On a pod on Kubernetes: <see cref="PrimaryRole"/> or <see cref="StandbyRole"/>, which the services select by.</summary>
    public const string Role = "cortex.bicameral.dev/role";
    public const string PrimaryRole = "primary";
    public const string StandbyRole = "standby";

    /// <summary>On the pod of an instance on Kubernetes, and on no one-shot: what a service for every instance selects by.</summary>
    public const string Component = "app.kubernetes.io/component";
    public const string InstanceComponent = "instance";

    /// <summary>On the operator's own pods.</summary>
    public const string Name = "app.kubernetes.io/name";

    /// <summary>The labels of every object of a cluster.</summary>
    public static Dictionary<string, string> Of(ClusterKey cluster) => new()
    {
        [ManagedBy] = ManagedByValue,
        [Cluster] = cluster.Name,
        [Namespace] = cluster.Namespace,
    };

    /// <summary>
    /// The labels that select the pods of all instances on Kubernetes, and no one-shot pod, which has the cluster's labels, too.
    /// </summary>
    public static Dictionary<string, string> OfInstances(ClusterKey cluster)
    {
        var labels = Of(cluster);
        labels[Component] = InstanceComponent;
        return labels;
    }

    /// <summary>The labels of every object of one instance.</summary>
    public static Dictionary<string, string> Of(ClusterKey cluster, string instance)
    {
        var labels = Of(cluster);
        labels[Instance] = instance;
        return labels;
    }

    /// <summary>The labels of the container or pod of any job.</summary>
    public static Dictionary<string, string> OfJob(ClusterKey cluster, string instance, string kind, string revision)
    {
        var labels = Of(cluster);
        labels[JobOf] = instance;
        labels[JobKind] = kind;
        labels[Revision] = revision;
        return labels;
    }

    /// <summary>Labels in the form of a selector.</summary>
    public static string Text(IReadOnlyDictionary<string, string> labels) =>
        string.Join(',', labels.Select(pair => $"{pair.Key}={pair.Value}"));

    /// <summary>The cluster that an object belongs to; null when it is not an object of this operator.</summary>
    public static ClusterKey? Owner(IReadOnlyDictionary<string, string>? labels) =>
        labels is not null
        && labels.TryGetValue(ManagedBy, out var manager) && manager == ManagedByValue
        && labels.TryGetValue(Namespace, out var space) && labels.TryGetValue(Cluster, out var name)
            ? new ClusterKey(space, name)
            : null;
}
