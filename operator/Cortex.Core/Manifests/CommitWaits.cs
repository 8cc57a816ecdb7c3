using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Manifests;

/// <summary>
/// Which standbys the commits of an instance wait for. A pure function of spec and status, so that every caller gets the same answer.
/// </summary>
public static class CommitWaits
{
    /// <summary>
    /// Where a standby is required, every instance waits for any of the others, in both roles: a promoted instance waits from its first
    /// commit on. Where a standby is preferred, only the primary waits, and only once a standby was there: no instance is promoted into
    /// waiting.
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
    /// The instances that may confirm a commit of this one, whether it waits or not. A former primary that the spec does not ask for is
    /// removed soon, so no commit waits for it.
    /// </summary>
    public static IReadOnlyList<string> Others(string cluster, ClusterSpec spec, string instance) =>
        [.. Membership.Asked(cluster, spec).Where(name => name != instance)];
}
