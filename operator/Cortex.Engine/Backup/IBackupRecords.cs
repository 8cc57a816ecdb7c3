using Cortex.Core.Api;

namespace Cortex.Engine.Backup;

/// <summary>The backups' resources, and the clusters that they are of.</summary>
public interface IBackupRecords
{
    /// <summary>Null when it is gone.</summary>
    Task<CortexBackup?> ReadAsync(string ns, string name, CancellationToken ct);

    Task<CortexCluster?> ReadClusterAsync(ClusterKey cluster, CancellationToken ct);

    /// <summary>Writes over the version that was read.</summary>
    /// <exception cref="RecordConflictException">It has changed since.</exception>
    Task WriteStatusAsync(CortexBackup backup, CortexBackupStatus status, CancellationToken ct);

    void Tell(CortexBackup backup, bool warning, string reason, string message);
}
