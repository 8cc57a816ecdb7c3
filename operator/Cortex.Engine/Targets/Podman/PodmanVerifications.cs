using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Containers of restore tests. The volume that a backup is restored into has no name of its own, so that Podman removes it with the
/// container, also where another program removes that.
/// </summary>
internal sealed class PodmanVerifications(LibpodClient podman, PodmanOneShots oneShots)
{
    private static readonly LogConfiguration OwnFile = new("k8s-file", Size: 4 * 1024 * 1024);

    private const int OutputLines = 5000;
    private const int OutputLimit = 256 * 1024;

    private static readonly string Running = Uri.EscapeDataString(JsonSerializer.Serialize(
        new Dictionary<string, string[]> { ["label"] = [Labels.Verification], ["status"] = ["running"] },
        LibpodJson.Default.DictionaryStringStringArray));

    public async Task StartAsync(OneShot work, VerificationOrder order, CancellationToken ct)
    {
        var body = PodmanOneShots.Describe(work);
        var labels = new Dictionary<string, string>(body.Labels) { [Labels.Verification] = order.ToLabel() };
        MountedVolume[] volumes = [.. body.Volumes ?? [], new MountedVolume("", Paths.Volume)];
        var id = await oneShots.CreateAsync(work, body with { Labels = labels, Volumes = volumes, Log = OwnFile }, ct);
        (await podman.PostAsync($"containers/{id}/start", ct)).OrThrow($"start the restore test {work.Name}");
    }

    /// <summary>
    /// A container that was made and not started does not count: the operator was interrupted before the start, or the machine was started
    /// again.
    /// </summary>
    public async Task<VerificationJobSeen?> SeeAsync(ClusterKey cluster, CancellationToken ct)
    {
        var name = Names.Verification(cluster.Name);
        var reply = await podman.GetAsync($"containers/{name}/json", ct);
        if (reply.Missing)
        {
            return null;
        }

        var detail = reply.OrThrow($"look at the restore test {name}").Read(LibpodJson.Default.ContainerDetail);
        Ownership.Demand(cluster, detail.Config.Labels, "container", name);
        if (VerificationOrder.Parse(detail.Config.Labels?.GetValueOrDefault(Labels.Verification)) is not { } order)
        {
            return null;
        }

        return detail.State.Status switch
        {
            "exited" or "stopped" => new VerificationJobSeen(
                order, detail.State.ExitCode, await PodmanLogs.TailAsync(podman, name, ct, OutputLines, OutputLimit)),
            "created" or "configured" or "initialized" => null,
            _ => new VerificationJobSeen(order, null, ""),
        };
    }

    public async Task<bool> IsAnotherRunningAsync(ClusterKey cluster, CancellationToken ct) =>
        (await podman.ListAsync($"containers/json?filters={Running}", ct)).OrThrow("list restore tests")
            .Read(LibpodJson.Default.ListContainerRow).Any(row => Labels.Owner(row.Labels) != cluster);

    public async Task EndAsync(ClusterKey cluster, CancellationToken ct)
    {
        var name = Names.Verification(cluster.Name);
        await oneShots.DemandOursAsync(cluster, name, ct);
        await oneShots.RemoveAsync(name, ct);
    }
}
