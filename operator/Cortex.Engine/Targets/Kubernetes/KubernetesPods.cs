using System.Net;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Runtime;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// The long-lived pods. Fencing relies on this: the object of a pod that was deleted with a grace period disappears only when its node has
/// reported the end of its containers (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination). So a stop is a
/// deletion whose end is awaited. A deletion without a grace period, which asks no node, needs the user's declaration.
/// </summary>
internal sealed class KubernetesPods(ApiConnection api, KubernetesObjects objects, TimeProvider clock)
{
    /// <summary>How often a pod is read while its watch reports nothing.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a node may take beyond the grace period. Once a minute, the kubelet handles ends of containers that it has missed.
    /// </summary>
    private static readonly TimeSpan NodeLimit = TimeSpan.FromSeconds(75);

    /// <summary>The watch may report a deletion a moment after a read has shown it.</summary>
    private static readonly TimeSpan WatchDelay = TimeSpan.FromMilliseconds(300);

    /// <summary>The shortest grace period, in seconds, that still asks the node.</summary>
    private const long ShortestGraceSeconds = 1;

    private readonly ResourceClient<V1Node> nodes = new(api);

    /// <summary>The pods of a cluster by their workload. Those of one-shots are left out.</summary>
    public async Task<(IReadOnlyList<PodSeen> Instances, IReadOnlyList<OtherPodSeen> Others, IReadOnlyList<JobSeen> Jobs)> ListAsync(
        ClusterKey cluster, CancellationToken ct)
    {
        List<PodSeen> instances = [];
        List<OtherPodSeen> others = [];
        List<JobSeen> jobs = [];
        foreach (var pod in await objects.Pods.ListAsync(cluster.Namespace, ct, Labels.Of(cluster)))
        {
            switch (PodReading.WorkloadOf(cluster, pod))
            {
                case { Kind: WorkloadKind.Instance }:
                    instances.Add(PodReading.Read(pod, PodReading.MayBeLost(pod, clock.GetUtcNow()) && await IsLostAsync(pod, ct)));
                    break;
                case { Kind: WorkloadKind.Other } other:
                    others.Add(new OtherPodSeen(other, PodReading.StateOfOther(pod)));
                    break;
                case { Kind: WorkloadKind.Job } when PodReading.ReadJob(pod) is { } job:
                    jobs.Add(job);
                    break;
            }
        }

        return (instances, others, jobs);
    }

    public async Task StartAsync(ClusterKey cluster, V1Pod pod, CancellationToken ct)
    {
        pod.Metadata.NamespaceProperty = cluster.Namespace;
        var key = ObjectKey.Of(pod);
        if (await FindAsync(cluster, key.Name, ct) is { } there
            && (there.Metadata.DeletionTimestamp is not null || there.Status?.Phase is "Failed" or "Succeeded"))
        {
            await EndAsync(there, TimeSpan.Zero, ct);
        }

        if (await FindAsync(cluster, key.Name, ct) is null)
        {
            await objects.Pods.ApplyAsync(pod, KubernetesObjects.FieldManager, ct);
        }
    }

    /// <summary>See <see cref="IPods.StopPodAsync"/>: the pod is gone afterwards.</summary>
    /// <returns>Also pg_control as the server left it, where the pod reported it, see <see cref="PodReading.ControlLeftBy"/>.</returns>
    public async Task<(PodEnd? End, byte[]? Control)> StopAsync(ClusterKey cluster, string instance, TimeSpan grace, CancellationToken ct)
    {
        if (await FindAsync(cluster, instance, ct) is not { } pod)
        {
            return default;
        }

        var (end, last) = await EndAsync(pod, grace, ct);
        return (end, last is null ? null : PodReading.ControlLeftBy(pod, last));
    }

    public async Task ForgetAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        // What worked on the data of the instance ran on the same machine.
        foreach (var name in new[] { instance, Names.OneShot(instance), Names.Backup(instance) })
        {
            if (await FindAsync(cluster, name, ct) is { } pod)
            {
                await objects.Pods.DeleteAsync(ObjectKey.Of(pod), pod.Metadata.Uid, ct, graceSeconds: 0);
            }
        }
    }

    public async Task AssignRolesAsync(ClusterKey cluster, string primary, CancellationToken ct)
    {
        // The other pods first: in between, writers are refused and never sent to two instances.
        foreach (var pod in (await ListAsync(cluster, ct)).Instances.OrderBy(pod => pod.Instance == primary))
        {
            var role = pod.Instance == primary ? Labels.PrimaryRole : Labels.StandbyRole;
            if (pod.Role != role)
            {
                await objects.Pods.PatchAsync(
                    new ObjectKey(cluster.Namespace, pod.Instance),
                    new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [Labels.Role] = role } } }, ct);
            }
        }
    }

    /// <exception cref="ForeignObjectException">The pod belongs to another owner.</exception>
    public async Task<V1Pod?> FindAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        var pod = await objects.Pods.GetAsync(new ObjectKey(cluster.Namespace, name), ct);
        if (pod is not null)
        {
            Ownership.Demand(cluster, pod.Metadata.Labels as IReadOnlyDictionary<string, string>, "pod", name);
        }

        return pod;
    }

    /// <summary>Deletes exactly this pod and returns when it is gone.</summary>
    /// <returns>
    /// How PostgreSQL ended, as far as the pod reported it; and the last state of this pod, null where the watch did not report it.
    /// </returns>
    public async Task<(PodEnd End, V1Pod? Last)> EndAsync(V1Pod pod, TimeSpan grace, CancellationToken ct)
    {
        var seconds = grace > TimeSpan.Zero ? (long)Math.Ceiling(grace.TotalSeconds) : ShortestGraceSeconds;
        var began = clock.GetTimestamp();
        await using var changes = objects.Pods.ChangesOf(ObjectKey.Of(pod), clock);
        await DeleteAsync(pod, seconds, ct);
        var end = PodReading.EndOf(pod);
        while (await objects.Pods.GetAsync(ObjectKey.Of(pod), ct) is { } now && now.Metadata.Uid == pod.Metadata.Uid)
        {
            end = PodReading.EndOf(now) ?? end;
            if (clock.GetElapsedTime(began) > grace + NodeLimit)
            {
                throw new TargetException(
                    $"pod {pod.Metadata.Name} was told to end, and its node {pod.Spec.NodeName} has not confirmed that in "
                        + $"{clock.GetElapsedTime(began).TotalSeconds:0} s",
                    pod.GetLabel(Labels.Instance) == pod.Metadata.Name
                        ? $"if that node is certainly off, declare it in spec.kubernetes.lostInstances: [{pod.Metadata.Name}]"
                        : $"if that node is certainly off: kubectl delete pod {pod.Metadata.Name} --force --grace-period=0");
            }

            await changes.NextAsync(PollInterval, ct);
        }

        var last = await changes.GoneAsync(WatchDelay, ct) is { } went && went.Metadata.Uid == pod.Metadata.Uid ? went : null;
        return (new PodEnd(end?.ExitCode, end?.FinishedAt is { } at ? new DateTimeOffset(at) : null), last);
    }

    /// <summary>A pod that is already being deleted gets the shorter grace period.</summary>
    private async Task DeleteAsync(V1Pod pod, long seconds, CancellationToken ct)
    {
        if (pod.Metadata.DeletionTimestamp is null || pod.Metadata.DeletionGracePeriodSeconds > seconds)
        {
            await objects.Pods.DeleteAsync(ObjectKey.Of(pod), pod.Metadata.Uid, ct, seconds);
        }
    }

    /// <summary>
    /// Whether the control plane reports the node as not ready. An operator without the right to read nodes (for one namespace) takes a pod
    /// for lost that is overdue.
    /// </summary>
    private async Task<bool> IsLostAsync(V1Pod pod, CancellationToken ct)
    {
        try
        {
            var node = await nodes.GetAsync(new ObjectKey("", pod.Spec.NodeName), ct);
            return node?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) != true;
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.Forbidden))
        {
            return PodReading.IsOverdue(pod, clock.GetUtcNow());
        }
    }
}
