using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Backup;

/// <summary>
/// Containers that restore a backup and check it, one for each cluster. Each has a volume of its own, which is removed with it, and goes on
/// when the operator ends.
/// </summary>
public interface IVerificationJobs
{
    /// <summary>Starts the work and returns. An existing container of the same name is ended and removed first.</summary>
    Task StartVerificationAsync(OneShot work, VerificationOrder order, CancellationToken ct);

    /// <summary>The container of a cluster; null where it does not exist.</summary>
    Task<VerificationJobSeen?> SeeVerificationAsync(ClusterKey cluster, CancellationToken ct);

    /// <summary>Whether the restore test of another cluster runs on this machine.</summary>
    Task<bool> IsAnotherVerifiedAsync(ClusterKey cluster, CancellationToken ct);

    /// <summary>Ends it, where it runs, and removes it with its volume.</summary>
    Task EndVerificationAsync(ClusterKey cluster, CancellationToken ct);
}
