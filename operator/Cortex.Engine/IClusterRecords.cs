using Cortex.Core.Api;

namespace Cortex.Engine;

/// <summary>The resources of clusters. Reads are live, not cached: the next pass sees a decision that was written.</summary>
public interface IClusterRecords
{
    /// <summary>Null when it is gone.</summary>
    Task<CortexCluster?> ReadAsync(ClusterKey cluster, CancellationToken ct);

    /// <summary>
    /// Stores the differences between the two states of the status, if there are any, and only over the version that <paramref
    /// name="cluster"/> has; throws <see cref="RecordConflictException"/> otherwise. Returns the resource as stored.
    /// </summary>
    Task<CortexCluster> WriteStatusAsync(CortexCluster cluster, ClusterStatus? before, ClusterStatus after, CancellationToken ct);

    /// <summary>Delays the removal of the resource until its pods are cleaned up.</summary>
    Task<CortexCluster> AddFinalizerAsync(CortexCluster cluster, CancellationToken ct);

    Task RemoveFinalizerAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>When spec.promote was last changed; null where no change was received.</summary>
    DateTimeOffset? PromoteChangedAt(ClusterKey cluster) => null;

    /// <summary>Records an event for users; neither waits nor fails.</summary>
    void Tell(CortexCluster cluster, bool warning, string reason, string message);
}

/// <summary>Another client wrote first; read again and decide again.</summary>
public sealed class RecordConflictException(string message, Exception? cause = null) : Exception(message, cause);
