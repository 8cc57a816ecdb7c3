using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Backup;

namespace Cortex.Engine.Targets.Kubernetes;

/// <content>Repositories, backups and restore tests.</content>
public sealed partial class KubernetesTarget : IBackupJobs, IVerificationJobs, IRepositoryVolumes
{
    private readonly RepositoryClaims repositories;
    private readonly KubernetesBackups backups;
    private readonly KubernetesVerifications verifications;

    public Task EnsureRepositoryAsync(ClusterKey cluster, DirectoryRepositorySpec repository, CancellationToken ct) =>
        repositories.EnsureAsync(cluster, repository, ct);

    public Task StartBackupAsync(OneShot work, string uid, CancellationToken ct) => backups.StartAsync(work, uid, ct);

    public Task<BackupJobSeen?> SeeBackupAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        backups.SeeAsync(cluster, instance, ct);

    public Task EndBackupAsync(ClusterKey cluster, string instance, CancellationToken ct) => backups.EndAsync(cluster, instance, ct);

    public Task StartVerificationAsync(OneShot work, VerificationOrder order, CancellationToken ct) =>
        verifications.StartAsync(work, order, ct);

    public Task<VerificationJobSeen?> SeeVerificationAsync(ClusterKey cluster, CancellationToken ct) => verifications.SeeAsync(cluster, ct);

    public Task<bool> IsAnotherVerifiedAsync(ClusterKey cluster, CancellationToken ct) => verifications.IsAnotherRunningAsync(cluster, ct);

    public Task EndVerificationAsync(ClusterKey cluster, CancellationToken ct) => verifications.EndAsync(cluster, ct);
}
