using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets.Podman;

/// <summary>One-shots that no pass waits for: containers with their own log, which stay after their end.</summary>
internal sealed class PodmanJobs(LibpodClient podman, PodmanOneShots oneShots)
{
    /// <summary>Podman keeps the file beside the container, and removes both together.</summary>
    private static readonly LogConfiguration OwnFile = new("k8s-file", Size: 4 * 1024 * 1024);

    private const int OutputLines = 1000;
    private const int ProgressLines = 40;

    public async Task StartAsync(Job job, CancellationToken ct)
    {
        var body = PodmanOneShots.Describe(job.Work) with { Labels = job.Labels, Log = OwnFile };
        var id = await oneShots.CreateAsync(job.Work, body, ct);
        (await podman.PostAsync($"containers/{id}/start", ct)).OrThrow($"start the job {job.Work.Name}");
    }

    public async Task<OneShotResult?> ReadAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        var name = Names.OneShot(instance);
        var reply = await podman.GetAsync($"containers/{name}/json", ct);
        if (reply.Missing)
        {
            return null;
        }

        var detail = reply.OrThrow($"look at the job {name}").Read(LibpodJson.Default.ContainerDetail);
        Ownership.Demand(cluster, detail.Config.Labels, "container", name);
        return detail.State.Status is "exited" or "stopped"
            ? new OneShotResult(detail.State.ExitCode, await PodmanLogs.TailAsync(podman, name, ct, OutputLines, OneShotResult.OutputLimit))
            : null;
    }

    public Task<string> TailAsync(string instance, CancellationToken ct) =>
        PodmanLogs.TailAsync(podman, Names.OneShot(instance), ct, ProgressLines);

    public async Task EndAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        var name = Names.OneShot(instance);
        await oneShots.DemandOursAsync(cluster, name, ct);
        await oneShots.RemoveAsync(name, ct);
    }

    /// <summary>
    /// The jobs among containers. A container that was made and not started is not a job yet: the operator was interrupted before the
    /// start.
    /// </summary>
    public static IReadOnlyList<JobSeen> Among(ClusterKey cluster, IEnumerable<ContainerRow> rows) =>
    [
        .. from row in rows
           where string.IsNullOrEmpty(row.Pod) && Labels.Owner(row.Labels) == cluster && IsStarted(row)
              && Workload.Of(cluster, row.Names[0], row.Labels) is { Kind: WorkloadKind.Job }
           let job = Job.Seen(row.Labels, row.State is "stopped" or "exited" ? row.ExitCode : null)
           where job is not null && row.Names.Contains(Names.OneShot(job.Instance))
           select job with { Image = row.Image },
    ];

    private static bool IsStarted(ContainerRow row) => row.State is "running" or "paused" or "stopping" or "stopped" or "exited";
}
