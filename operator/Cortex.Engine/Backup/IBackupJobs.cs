using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Backup;

/// <summary>
/// Containers that make backups. Unlike the jobs of <see cref="IJobs"/> they work beside a running server, one for each instance, and
/// go on when the operator ends.
/// </summary>
public interface IBackupJobs
{
    /// <summary>Starts the work and returns. An existing container of the same name is ended and removed first.</summary>
    /// <param name="uid">The uid of the CortexBackup, by which the container is recognized later.</param>
    Task StartBackupAsync(OneShot work, string uid, CancellationToken ct);

    /// <summary>The container that makes, or made, a backup of an instance; null where it does not exist.</summary>
    Task<BackupJobSeen?> SeeBackupAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Ends it, where it runs, and removes it.</summary>
    Task EndBackupAsync(ClusterKey cluster, string instance, CancellationToken ct);
}
