using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Backup;

/// <summary>What a restore test begins with.</summary>
public interface IVerificationSource
{
    /// <summary>What was last read of the repository; null where it was not read lately.</summary>
    RepositorySeen? LastRead(ClusterKey cluster);

    /// <summary>The number of the next transaction of the primary; null where it does not say.</summary>
    Task<long?> NextTransactionAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>The container; null while its image is not known, or a secret of the repository is missing.</summary>
    Task<OneShot?> DescribeAsync(CortexCluster cluster, VerificationOrder order, CancellationToken ct);
}
