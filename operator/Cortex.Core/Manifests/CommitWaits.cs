using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Manifests;

/// <summary>For whom the commits of an instance wait. A pure function of spec and status, so that whoever asks hears the same.</summary>
public static class CommitWaits
{
    /// <summary>
    /// Where a standby is required, every instance waits for any of the others, whoever is the primary: one that is promoted waits from its first commit on. Where one is
    /// preferred only the primary waits, and only once a standby was there: nobody is ever promoted into waiting.
    /// </summary>
    public static IReadOnlyList<string> Of(string cluster, ClusterSpec spec, ClusterStatus? status, string instance)
    {
        var waits = spec.Replication switch
        {
            { Mode: ReplicationMode.Asynchronous } => false,
            { Durability: Durability.Required } => true,
            _ => status?.Primary == instance && status.Synchronous is { Suspended: false },
        };
        return waits ? Others(cluster, spec, instance) : [];
    }

    /// <summary>
    /// The instances that may confirm a commit of this one, whether it waits or not. A former primary that the spec does not ask for goes,
    /// so nothing waits for it.
    /// </summary>
    public static IReadOnlyList<string> Others(string cluster, ClusterSpec spec, string instance) =>
        [.. Membership.Asked(cluster, spec).Where(one => one != instance)];
}
