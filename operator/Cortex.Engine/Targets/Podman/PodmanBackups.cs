using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Containers that make backups. They have their own log, and stay after their end.</summary>
internal sealed class PodmanBackups(LibpodClient podman, PodmanOneShots oneShots)
{
    private static readonly LogConfiguration OwnFile = new("k8s-file", Size: 4 * 1024 * 1024);

    private const int OutputLines = 200;

    public async Task StartAsync(OneShot work, string uid, CancellationToken ct)
    {
        var body = PodmanOneShots.Describe(work);
        var labels = new Dictionary<string, string>(body.Labels) { [Labels.BackupUid] = uid };
        var id = await oneShots.CreateAsync(work, body with { Labels = labels, Log = OwnFile }, ct);
        (await podman.PostAsync($"containers/{id}/start", ct)).OrThrow($"start the backup {work.Name}");
    }

    /// <summary>A container that was made and not started does not count: the operator was interrupted before the start.</summary>
    public async Task<BackupJobSeen?> SeeAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        var name = Names.Backup(instance);
        var reply = await podman.GetAsync($"containers/{name}/json", ct);
        if (reply.Missing)
        {
            return null;
        }

        var detail = reply.OrThrow($"look at the backup {name}").Read(LibpodJson.Default.ContainerDetail);
        Ownership.Demand(cluster, detail.Config.Labels, "container", name);
        var uid = detail.Config.Labels?.GetValueOrDefault(Labels.BackupUid) ?? "";
        return detail.State.Status switch
        {
            "exited" or "stopped" => new BackupJobSeen(
                uid, detail.State.ExitCode, await PodmanLogs.TailAsync(podman, name, ct, OutputLines, OneShotResult.OutputLimit)),
            "created" or "configured" or "initialized" => null,
            _ => new BackupJobSeen(uid, null, ""),
        };
    }

    public async Task EndAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        var name = Names.Backup(instance);
        await oneShots.DemandOursAsync(cluster, name, ct);
        await oneShots.RemoveAsync(name, ct);
    }
}
