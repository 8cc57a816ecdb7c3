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
/// The long-lived pods. What fencing rests on here: an object of a pod that was deleted with a time of grace goes only when its machine has
/// reported its containers ended (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination). So a stop is a
/// deletion that was seen through, and a deletion without grace, which asks no machine, happens on the user's word only.
/// </summary>
internal sealed class KubernetesPods(ApiConnection api, KubernetesObjects objects, TimeProvider clock)
{
    /// <summary>How often a pod is looked at of which nothing is heard.</summary>
    public static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a machine may take beyond the grace. The kubelet sweeps up once a minute what it missed of the end of a pod's containers.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(75);

    /// <summary>The watch may tell a moment later what an answer told already.</summary>
    private static readonly TimeSpan Echo = TimeSpan.FromMilliseconds(300);

    /// <summary>The least that still asks the machine.</summary>
    private const long AtOnce = 1;

    private readonly ResourceClient<V1Node> nodes = new(api);

    /// <summary>By what they are for. A one-shot's is not among them.</summary>
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

    /// <summary>See <see cref="IPods.StopPodAsync"/>: it is gone afterwards.</summary>
    /// <returns>Also pg_control as its server left it, where it told, see <see cref="PodReading.ControlLeftBy"/>.</returns>
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
        if (await FindAsync(cluster, instance, ct) is { } pod)
        {
            await objects.Pods.DeleteAsync(ObjectKey.Of(pod), pod.Metadata.Uid, ct, graceSeconds: 0);
        }
    }

    public async Task AssignRolesAsync(ClusterKey cluster, string primary, CancellationToken ct)
    {
        // The others first: in between, writers are refused rather than sent to two.
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

    /// <exception cref="ForeignObjectException">It is somebody else's.</exception>
    public async Task<V1Pod?> FindAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        var pod = await objects.Pods.GetAsync(new ObjectKey(cluster.Namespace, name), ct);
        if (pod is not null)
        {
            Ownership.Demand(cluster, pod.Metadata.Labels as IReadOnlyDictionary<string, string>, "pod", name);
        }

        return pod;
    }

    /// <summary>Deletes this very pod and sees it gone.</summary>
    /// <returns>How PostgreSQL ended, as far as the pod still told; and this very pod as it went, null where that was not heard.</returns>
    public async Task<(PodEnd End, V1Pod? Last)> EndAsync(V1Pod pod, TimeSpan grace, CancellationToken ct)
    {
        var seconds = grace > TimeSpan.Zero ? (long)Math.Ceiling(grace.TotalSeconds) : AtOnce;
        var began = clock.GetTimestamp();
        await using var changes = objects.Pods.ChangesOf(ObjectKey.Of(pod), clock);
        await DeleteAsync(pod, seconds, ct);
        var end = PodReading.EndOf(pod);
        while (await objects.Pods.GetAsync(ObjectKey.Of(pod), ct) is { } now && now.Metadata.Uid == pod.Metadata.Uid)
        {
            end = PodReading.EndOf(now) ?? end;
            if (clock.GetElapsedTime(began) > grace + Settling)
            {
                throw new TargetException(
                    $"pod {pod.Metadata.Name} was told to end, and its machine {pod.Spec.NodeName} has not confirmed that in "
                        + $"{clock.GetElapsedTime(began).TotalSeconds:0} s",
                    $"if that machine is off for certain, say so in spec.kubernetes.lostInstances: [{pod.Metadata.Name}]");
            }

            await changes.NextAsync(Glance, ct);
        }

        var last = await changes.GoneAsync(Echo, ct) is { } went && went.Metadata.Uid == pod.Metadata.Uid ? went : null;
        return (new PodEnd(end?.ExitCode, end?.FinishedAt is { } at ? new DateTimeOffset(at) : null), last);
    }

    /// <summary>A pod that is already on its way out is hurried when less time is given now.</summary>
    private async Task DeleteAsync(V1Pod pod, long seconds, CancellationToken ct)
    {
        if (pod.Metadata.DeletionTimestamp is null || pod.Metadata.DeletionGracePeriodSeconds > seconds)
        {
            await objects.Pods.DeleteAsync(ObjectKey.Of(pod), pod.Metadata.Uid, ct, seconds);
        }
    }

    /// <summary>
    /// What the control plane says of the machine. Where we may not ask (an operator of one namespace), a pod that did not go in its time
    /// is taken for lost.
    /// </summary>
    private async Task<bool> IsLostAsync(V1Pod pod, CancellationToken ct)
    {
        try
        {
            var node = await nodes.GetAsync(new ObjectKey("", pod.Spec.NodeName), ct);
            return node?.Status?.Conditions?.Any(one => one is { Type: "Ready", Status: "True" }) != true;
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.Forbidden))
        {
            return PodReading.IsOverdue(pod, clock.GetUtcNow());
        }
    }
}
