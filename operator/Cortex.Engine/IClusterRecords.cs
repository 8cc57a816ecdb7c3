using Cortex.Core.Api;

namespace Cortex.Engine;

/// <summary>The resource itself, wherever it is kept. Reads are live: a decision that was written is seen by the next pass.</summary>
public interface IClusterRecords
{
    /// <summary>Null when it is gone.</summary>
    Task<CortexCluster?> ReadAsync(ClusterKey cluster, CancellationToken ct);

    /// <summary>
    /// Stores what differs between the two states of status (nothing, when nothing does), and only over the version that
    /// <paramref name="cluster"/> is: throws <see cref="RecordConflictException"/> otherwise. Returns the resource as stored.
    /// </summary>
    Task<CortexCluster> WriteStatusAsync(CortexCluster cluster, ClusterStatus? before, ClusterStatus after, CancellationToken ct);

    /// <summary>Holds the resource back from disappearing before its pods are cleaned up.</summary>
    Task<CortexCluster> AddFinalizerAsync(CortexCluster cluster, CancellationToken ct);

    Task RemoveFinalizerAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>When somebody last changed spec.promote; null where that was not heard.</summary>
    DateTimeOffset? PromoteChangedAt(ClusterKey cluster) => null;

    /// <summary>Tells people; neither waits nor fails.</summary>
    void Tell(CortexCluster cluster, bool warning, string reason, string message);
}

/// <summary>Somebody else wrote first; read again and decide again.</summary>
public sealed class RecordConflictException(string message, Exception? cause = null) : Exception(message, cause);
