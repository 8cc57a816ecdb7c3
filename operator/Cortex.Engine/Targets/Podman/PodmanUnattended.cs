using Cortex.Core.Api;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// One-shots that no pass waits for, and that go on while no operator runs: containers with their own log, which stay after their end. They
/// are for jobs, backups and restore tests.
/// </summary>
internal sealed class PodmanUnattended(LibpodClient podman, PodmanOneShots oneShots)
{
    /// <summary>Podman keeps the file beside the container, and removes both together.</summary>
    private static readonly LogConfiguration OwnFile = new("k8s-file", Size: 4 * 1024 * 1024);

    /// <param name="labels">What it was started for, beside the labels of the work.</param>
    /// <param name="volumes">Volumes in addition to those of the work.</param>
    public async Task StartAsync(
        OneShot work, IEnumerable<KeyValuePair<string, string>> labels, IEnumerable<MountedVolume> volumes, CancellationToken ct)
    {
        var body = PodmanOneShots.Describe(work);
        var all = new Dictionary<string, string>(body.Labels);
        foreach (var (label, value) in labels)
        {
            all[label] = value;
        }

        var id = await oneShots.CreateAsync(
            work, body with { Labels = all, Volumes = [.. body.Volumes ?? [], .. volumes], Log = OwnFile }, ct);
        (await podman.PostAsync($"containers/{id}/start", ct)).OrThrow($"start {work.Name}");
    }

    /// <summary>
    /// Null where it does not exist. A container that was made and not started does not count: the operator was interrupted before the
    /// start, or the machine was started again.
    /// </summary>
    public async Task<UnattendedSeen?> SeeAsync(ClusterKey cluster, string name, int lines, int limit, CancellationToken ct)
    {
        var reply = await podman.GetAsync($"containers/{name}/json", ct);
        if (reply.Missing)
        {
            return null;
        }

        var detail = reply.OrThrow($"look at {name}").Read(LibpodJson.Default.ContainerDetail);
        Ownership.Demand(cluster, detail.Config.Labels, "container", name);
        var labels = detail.Config.Labels ?? new Dictionary<string, string>();
        return detail.State.Status switch
        {
            "exited" or "stopped" =>
                new UnattendedSeen(labels, detail.State.ExitCode, await PodmanLogs.TailAsync(podman, name, ct, lines, limit)),
            "created" or "configured" or "initialized" => null,
            _ => new UnattendedSeen(labels, ExitCode: null, Output: ""),
        };
    }

    public async Task EndAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        await oneShots.DemandOursAsync(cluster, name, ct);
        await oneShots.RemoveAsync(name, ct);
    }
}

/// <param name="ExitCode">Null while it runs.</param>
/// <param name="Output">The end of its output; empty while it runs.</param>
internal sealed record UnattendedSeen(IReadOnlyDictionary<string, string> Labels, int? ExitCode, string Output);
