using Cortex.Core.Api;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// One-shots that go on while no operator runs: containers with their own log and a mark, which stay after their end. They are for backups
/// and restore tests.
/// </summary>
internal sealed class PodmanUnattended(LibpodClient podman, PodmanOneShots oneShots)
{
    private static readonly LogConfiguration OwnFile = new("k8s-file", Size: 4 * 1024 * 1024);

    /// <param name="label">The label that has the mark of what it was started for.</param>
    /// <param name="volumes">Volumes in addition to those of the work.</param>
    public async Task StartAsync(OneShot work, string label, string mark, IEnumerable<MountedVolume> volumes, CancellationToken ct)
    {
        var body = PodmanOneShots.Describe(work);
        var labels = new Dictionary<string, string>(body.Labels) { [label] = mark };
        var id = await oneShots.CreateAsync(
            work, body with { Labels = labels, Volumes = [.. body.Volumes ?? [], .. volumes], Log = OwnFile }, ct);
        (await podman.PostAsync($"containers/{id}/start", ct)).OrThrow($"start {work.Name}");
    }

    /// <summary>
    /// Its mark, its exit code unless it runs, and the end of its output. Null where it does not exist. A container that was made and not
    /// started does not count: the operator was interrupted before the start, or the machine was started again.
    /// </summary>
    public async Task<(string? Mark, int? ExitCode, string Output)?> SeeAsync(
        ClusterKey cluster, string name, string label, int lines, int limit, CancellationToken ct)
    {
        var reply = await podman.GetAsync($"containers/{name}/json", ct);
        if (reply.Missing)
        {
            return null;
        }

        var detail = reply.OrThrow($"look at {name}").Read(LibpodJson.Default.ContainerDetail);
        Ownership.Demand(cluster, detail.Config.Labels, "container", name);
        var mark = detail.Config.Labels?.GetValueOrDefault(label);
        return detail.State.Status switch
        {
            "exited" or "stopped" => (mark, detail.State.ExitCode, await PodmanLogs.TailAsync(podman, name, ct, lines, limit)),
            "created" or "configured" or "initialized" => null,
            _ => (mark, null, ""),
        };
    }

    public async Task EndAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        await oneShots.DemandOursAsync(cluster, name, ct);
        await oneShots.RemoveAsync(name, ct);
    }
}
