using Cortex.Core.Api;
using Cortex.Runtime;

namespace Cortex.Cli.Api;

/// <summary>The backups in the API that a kubeconfig names. Refusals are <see cref="k8s.KubernetesException"/>.</summary>
internal sealed class BackupApi(ClusterApi api)
{
    private readonly ResourceClient<CortexBackup> backups = new(api.Connection);

    public Task<CortexBackup> MakeAsync(ClusterKey cluster, string name, BackupType type, CancellationToken ct) => backups.CreateAsync(
        new CortexBackup
        {
            Metadata = new() { Name = name, NamespaceProperty = cluster.Namespace },
            Spec = new CortexBackupSpec { Cluster = cluster.Name, Type = type },
        },
        ct);

    /// <summary>Whether a backup of the cluster was completed, which its status may not say yet.</summary>
    public async Task<bool> IsBackedUpAsync(ClusterKey cluster, CancellationToken ct) =>
        (await backups.ListAsync(cluster.Namespace, ct)).Any(
            backup => backup.Spec.Cluster == cluster.Name && backup.Status?.Phase == BackupPhases.Completed);

    /// <returns>Null if it does not exist.</returns>
    public Task<CortexBackup?> FindAsync(string ns, string name, CancellationToken ct) => backups.GetAsync(new ObjectKey(ns, name), ct);
}
