using Cortex.Core.Api;

namespace Cortex.Engine.Backup;

/// <summary>The backups' resources as the schedule needs them.</summary>
public interface IScheduledBackups
{
    /// <summary>All backups of a cluster. They may lag behind: a backup that was just made may be missing.</summary>
    IReadOnlyList<CortexBackup> Of(ClusterKey cluster);

    /// <summary>Makes the resource; where one of its name exists, nothing happens.</summary>
    Task MakeAsync(CortexBackup backup, CancellationToken ct);

    /// <summary>Removes this resource, and not a later one of its name.</summary>
    Task RemoveAsync(CortexBackup backup, CancellationToken ct);
}
