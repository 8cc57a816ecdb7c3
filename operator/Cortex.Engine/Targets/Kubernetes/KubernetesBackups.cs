using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>Pods that make backups, on the node of their instance.</summary>
internal sealed class KubernetesBackups(KubernetesOneShots oneShots)
{
    public Task StartAsync(OneShot work, string uid, CancellationToken ct) => oneShots.StartAsync(
        work,
        new PodRequest { Labels = new Dictionary<string, string>(Labels.Of(work.Cluster)) { [Labels.BackupUid] = uid } },
        ct);

    public async Task<BackupJobSeen?> SeeAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        await oneShots.SeeAsync(cluster, Names.Backup(instance), OneShotResult.OutputLimit, ct) is { } seen
            ? new BackupJobSeen(seen.Pod.GetLabel(Labels.BackupUid) ?? "", seen.ExitCode, seen.Output) { StartProblem = seen.StartProblem }
            : null;

    public Task EndAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        oneShots.EndAsync(cluster, Names.Backup(instance), ct);
}
