using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Containers that do the long work on the volumes of instances.</summary>
internal sealed class PodmanJobs(LibpodClient podman, PodmanUnattended unattended)
{
    private const int OutputLines = 1000;
    private const int ProgressLines = 40;

    public Task StartAsync(Job job, CancellationToken ct) => unattended.StartAsync(job.Work, job.Labels, [], ct);

    /// <summary>Null while it runs.</summary>
    public async Task<OneShotResult?> ReadAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        await unattended.SeeAsync(cluster, Names.OneShot(instance), OutputLines, OneShotResult.OutputLimit, ct)
            is { ExitCode: { } code } ended
            ? new OneShotResult(code, ended.Output)
            : null;

    public Task<string> TailAsync(string instance, CancellationToken ct) =>
        PodmanLogs.TailAsync(podman, Names.OneShot(instance), ct, ProgressLines);

    public Task EndAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        unattended.EndAsync(cluster, Names.OneShot(instance), ct);

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
