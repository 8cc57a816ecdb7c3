using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Containers of restore tests. The volume that a backup is restored into has no name of its own, so that Podman removes it with the
/// container, also where another program removes that.
/// </summary>
internal sealed class PodmanVerifications(LibpodClient podman, PodmanUnattended unattended)
{
    private const int OutputLines = 5000;
    private const int OutputLimit = 256 * 1024;

    private static readonly string Running = Uri.EscapeDataString(JsonSerializer.Serialize(
        new Dictionary<string, string[]> { ["label"] = [Labels.Verification], ["status"] = ["running"] },
        LibpodJson.Default.DictionaryStringStringArray));

    public Task StartAsync(OneShot work, VerificationOrder order, CancellationToken ct) =>
        unattended.StartAsync(work, [new(Labels.Verification, order.ToLabel())], [new MountedVolume("", Paths.Volume)], ct);

    public async Task<VerificationJobSeen?> SeeAsync(ClusterKey cluster, CancellationToken ct) =>
        await unattended.SeeAsync(cluster, Names.Verification(cluster.Name), OutputLines, OutputLimit, ct) is { } seen
        && VerificationOrder.Parse(seen.Labels.GetValueOrDefault(Labels.Verification)) is { } order
            ? new VerificationJobSeen(order, seen.ExitCode, seen.Output)
            : null;

    public async Task<bool> IsAnotherRunningAsync(ClusterKey cluster, CancellationToken ct) =>
        (await podman.ListAsync($"containers/json?filters={Running}", ct)).OrThrow("list restore tests")
            .Read(LibpodJson.Default.ListContainerRow).Any(row => Labels.Owner(row.Labels) != cluster);

    public Task EndAsync(ClusterKey cluster, CancellationToken ct) => unattended.EndAsync(cluster, Names.Verification(cluster.Name), ct);
}
