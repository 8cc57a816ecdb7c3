using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Runtime;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// Pods of restore tests. The volume that a backup is restored into is a claim of the pod's name, which the pod owns: the garbage collector
/// removes it with the pod. So do generic ephemeral volumes, which Kubernetes has from 1.23 on.
/// </summary>
internal sealed class KubernetesVerifications(
    ApiConnection api, KubernetesObjects objects, KubernetesOneShots oneShots, KubernetesVolumes volumes)
{
    private const int OutputLimit = 256 * 1024;

    /// <summary>What a file system may need of a volume for itself, as a part of it: ext4 reserves a twentieth for root.</summary>
    private const long OverheadDivisor = 8;

    private readonly ResourceClient<CortexCluster> clusters = new(api);

    public async Task StartAsync(OneShot work, VerificationOrder order, CancellationToken ct)
    {
        await EndAsync(work.Cluster, ct);
        await volumes.AwaitGoneAsync(work.Cluster, work.Name, ct);
        var cluster = await clusters.GetAsync(new ObjectKey(work.Cluster.Namespace, work.Cluster.Name), ct);
        var pod = await oneShots.StartAsync(
            work,
            new PodRequest
            {
                Labels = new Dictionary<string, string>(Labels.Of(work.Cluster)) { [Labels.Verification] = "" },
                Annotations = new Dictionary<string, string> { [Labels.Verification] = order.ToLabel() },
                Scratch = work.Name,
            },
            ct);
        // After the pod, which owns it and waits for it.
        var needed = order.Needs + VerificationOrder.Spare;
        await objects.Claims.ApplyAsync(
            VolumeClaim.RenderScratch(work.Cluster, pod, cluster?.Spec.Storage.ClassName, needed + (needed / OverheadDivisor)),
            KubernetesObjects.FieldManager,
            ct);
    }

    /// <summary>A pod without its claim does not count: the operator was interrupted between them.</summary>
    public async Task<VerificationJobSeen?> SeeAsync(ClusterKey cluster, CancellationToken ct)
    {
        var name = Names.Verification(cluster.Name);
        return await oneShots.SeeAsync(cluster, name, OutputLimit, ct) is { } seen
            && VerificationOrder.Parse(seen.Pod.GetAnnotation(Labels.Verification)) is { } order
            && (seen.ExitCode is not null || await objects.Claims.GetAsync(new ObjectKey(cluster.Namespace, name), ct) is not null)
                ? new VerificationJobSeen(order, seen.ExitCode, seen.Output) { StartProblem = seen.StartProblem }
                : null;
    }

    /// <summary>In the same namespace, where clusters share repositories.</summary>
    public async Task<bool> IsAnotherRunningAsync(ClusterKey cluster, CancellationToken ct) =>
        (await objects.Pods.ListAsync(cluster.Namespace, ct, new Dictionary<string, string> { [Labels.Verification] = "" }))
        .Any(pod => pod is { Metadata.DeletionTimestamp: null, Status.Phase: "Pending" or "Running" }
            && Labels.Owner(pod.Metadata.Labels as IReadOnlyDictionary<string, string>) != cluster);

    public async Task EndAsync(ClusterKey cluster, CancellationToken ct)
    {
        var name = Names.Verification(cluster.Name);
        await oneShots.EndAsync(cluster, name, ct);
        await volumes.DeleteAsync(cluster, name, ct);
    }
}
