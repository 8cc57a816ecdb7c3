using System.Globalization;
using Cortex.Core.Api;

namespace Cortex.Core.Naming;

/// <summary>How our objects are told from all others: labels on pods, containers, volumes and networks.</summary>
public static class Labels
{
    public const string ManagedBy = "app.kubernetes.io/managed-by";
    public const string ManagedByValue = "cortex-operator";
    public const string Cluster = "cortex.bicameral.dev/cluster";
    public const string Namespace = "cortex.bicameral.dev/namespace";
    public const string Instance = "cortex.bicameral.dev/instance";

    /// <summary>On a pod: the <c>PodRevision</c> that it was made with; on a job: the revision of the configuration that it writes.</summary>
    public const string Revision = "cortex.bicameral.dev/revision";

    /// <summary>
    /// On the container or pod of a job: the instance on whose volume it works. Not <see cref="Instance"/>, by which the instance's own service selects.
    /// </summary>
    public const string JobOf = "cortex.bicameral.dev/job-of";

    /// <summary>On the same: the primary that it makes the instance a standby of.</summary>
    public const string JoinFrom = "cortex.bicameral.dev/join-from";

    /// <summary>On the same: the timeline that the primary had when the job was started.</summary>
    public const string JoinTimeline = "cortex.bicameral.dev/join-timeline";

    /// <summary>On the container of a job that restores a backup: the request that it is for, see <c>RestoreRequest</c>.</summary>
    public const string Restore = "cortex.bicameral.dev/restore";

    /// <summary>On the container that makes a backup: the UID of the CortexBackup that it is for.</summary>
    public const string BackupUid = "cortex.bicameral.dev/backup-uid";

    /// <summary>On a pod that is not an instance: what it is for, such as <c>restore-test</c>. Not <see cref="Instance"/>, for the same reason.</summary>
    public const string Workload = "cortex.bicameral.dev/workload";

    /// <summary>On a pod on Podman: its address in the cluster's network.</summary>
    public const string Address = "cortex.bicameral.dev/address";

    /// <summary>On a pod on Kubernetes: <see cref="PrimaryRole"/> or <see cref="StandbyRole"/>, which the services select by.</summary>
    public const string Role = "cortex.bicameral.dev/role";
    public const string PrimaryRole = "primary";
    public const string StandbyRole = "standby";

    /// <summary>On an instance's pod on Kubernetes, and on no one-shot's: what a service for every instance selects.</summary>
    public const string Component = "app.kubernetes.io/component";
    public const string InstanceComponent = "instance";

    /// <summary>On the operator's own pods.</summary>
    public const string Name = "app.kubernetes.io/name";

    /// <summary>What every object of a cluster carries.</summary>
    public static Dictionary<string, string> Of(ClusterKey cluster) => new()
    {
        [ManagedBy] = ManagedByValue,
        [Cluster] = cluster.Name,
        [Namespace] = cluster.Namespace,
    };

    /// <summary>What selects the pods of all instances on Kubernetes, and no one-shot pod, which has the cluster's labels, too.</summary>
    public static Dictionary<string, string> OfInstances(ClusterKey cluster)
    {
        var labels = Of(cluster);
        labels[Component] = InstanceComponent;
        return labels;
    }

    /// <summary>What every object of one instance carries.</summary>
    public static Dictionary<string, string> Of(ClusterKey cluster, string instance)
    {
        var labels = Of(cluster);
        labels[Instance] = instance;
        return labels;
    }

    /// <summary>What a pod carries that is not an instance.</summary>
    /// <param name="workload">What it is for, in lower-case words with hyphens.</param>
    public static Dictionary<string, string> OfOther(ClusterKey cluster, string workload)
    {
        var labels = Of(cluster);
        labels[Workload] = workload;
        return labels;
    }

    /// <summary>What the container or pod of a job carries.</summary>
    public static Dictionary<string, string> OfJob(ClusterKey cluster, string instance, string from, long timeline, string revision)
    {
        var labels = Of(cluster);
        labels[JobOf] = instance;
        labels[JoinFrom] = from;
        labels[JoinTimeline] = timeline.ToString(CultureInfo.InvariantCulture);
        labels[Revision] = revision;
        return labels;
    }

    /// <summary>Labels as a selector is written.</summary>
    public static string Text(IReadOnlyDictionary<string, string> labels) => string.Join(',', labels.Select(one => $"{one.Key}={one.Value}"));

    /// <summary>Whose object it is; null when it is none of ours.</summary>
    public static ClusterKey? Owner(IReadOnlyDictionary<string, string>? labels) =>
        labels is not null
        && labels.TryGetValue(ManagedBy, out var manager) && manager == ManagedByValue
        && labels.TryGetValue(Namespace, out var space) && labels.TryGetValue(Cluster, out var name)
            ? new ClusterKey(space, name)
            : null;
}
