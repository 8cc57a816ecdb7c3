using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Containers that make backups.</summary>
internal sealed class PodmanBackups(PodmanUnattended unattended)
{
    private const int OutputLines = 200;

    public Task StartAsync(OneShot work, string uid, CancellationToken ct) =>
        unattended.StartAsync(work, [new(Labels.BackupUid, uid)], [], ct);

    public async Task<BackupJobSeen?> SeeAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        await unattended.SeeAsync(cluster, Names.Backup(instance), OutputLines, OneShotResult.OutputLimit, ct) is { } seen
            ? new BackupJobSeen(seen.Labels.GetValueOrDefault(Labels.BackupUid, ""), seen.ExitCode, seen.Output)
            : null;

    public Task EndAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        unattended.EndAsync(cluster, Names.Backup(instance), ct);
}
