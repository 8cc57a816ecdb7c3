using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using Cortex.Runtime;
using Microsoft.Extensions.Logging;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>How the operator is connected to Kubernetes.</summary>
/// <param name="Namespace">The only namespace whose clusters it manages; null for all.</param>
/// <param name="Inside">Whether it runs in a pod, where services and pods can be reached at their addresses.</param>
public sealed record KubernetesOptions(string? Namespace, bool Inside);

/// <summary>
/// Kubernetes from 1.20 on. The contract is that of Podman, with one visible difference: a stopped pod is removed, because Kubernetes
/// restarts the containers of every pod that exists.
/// </summary>
public sealed partial class KubernetesTarget : IExecutionTarget, IServices, IVolumeExpansion, ILostPods, IDisposable
{
    private static readonly TimeSpan LogLimit = TimeSpan.FromSeconds(2);

    /// <summary>A deletion is not urgent: PostgreSQL gets time for a clean shutdown.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    private readonly Notes<string> lastLogs;
    private readonly KubernetesOptions options;
    private readonly ApiConnection api;
    private readonly KubernetesObjects objects;
    private readonly KubernetesPods pods;
    private readonly KubernetesVolumes volumes;
    private readonly KubernetesSecrets secrets;
    private readonly UserSecrets userSecrets;
    private readonly KubernetesOneShots oneShots;
    private readonly ControlFiles control;
    private readonly PortForwards forwards;
    private readonly PodEnds ends;
    private readonly KubernetesEvents events;
    private readonly Notes<string> addresses;

    public KubernetesTarget(
        ApiConnection api, KubernetesOptions options, TimeProvider clock, ILoggerFactory loggers, ClusterMemory? memory = null)
    {
        memory ??= new ClusterMemory();
        (lastLogs, addresses) = (memory.Part<string>(), memory.Part<string>());
        (this.api, this.options) = (api, options);
        objects = new KubernetesObjects(api);
        pods = new KubernetesPods(api, objects, clock);
        volumes = new KubernetesVolumes(objects, clock, memory);
        secrets = new KubernetesSecrets(objects);
        repositories = new RepositoryClaims(objects);
        userSecrets = new UserSecrets(objects, clock, memory);
        oneShots = new KubernetesOneShots(api, objects, pods, repositories, userSecrets, clock);
        backups = new KubernetesBackups(oneShots);
        verifications = new KubernetesVerifications(api, objects, oneShots, volumes);
        control = new ControlFiles(objects, pods, oneShots, clock, memory);
        forwards = new PortForwards(api.Client, memory, loggers.CreateLogger<KubernetesTarget>());
        ends = new PodEnds(clock, memory);
        events = new KubernetesEvents(api.Client, options.Namespace, ends, clock, loggers.CreateLogger<KubernetesTarget>());
    }

    public async Task<Inventory> ListAsync(ClusterKey cluster, CancellationToken ct)
    {
        var (listed, claims, stored, others) =
            (pods.ListAsync(cluster, ct), volumes.ListAsync(cluster, ct), secrets.ListAsync(cluster, ct), objects.ListAsync(cluster, ct));
        var located = Locate(cluster, await others);
        return new Inventory
        {
            // Every pod of a Kubernetes cluster has a network.
            NetworkExists = true,
            Pods = (await listed).Instances,
            OtherPods = (await listed).Others,
            Jobs = (await listed).Jobs,
            Volumes = await claims,
            Secrets = await stored,
            Objects = await others,
            Addresses = located,
        };
    }

    /// <summary>Each instance has a service under its name, whose address stays while pods come and go.</summary>
    private Dictionary<string, string> Locate(ClusterKey cluster, IEnumerable<IKubernetesObject<V1ObjectMeta>> found)
    {
        var located = found.OfType<V1Service>()
            .Where(service => Names.IndexOf(cluster.Name, service.Metadata.Name) is not null)
            .Where(service => service.Spec.ClusterIP is { Length: > 0 } and not "None")
            .ToDictionary(service => service.Metadata.Name, service => service.Spec.ClusterIP);
        foreach (var (instance, address) in located)
        {
            addresses.Set(cluster, instance, address);
        }

        return located;
    }

    /// <summary>
    /// Kubernetes does not tell which images a node has; the node that gets the pod pulls the image, or reports why it cannot. So the id of
    /// an image is its reference.
    /// </summary>
    public Task<string?> FindImageAsync(string image, CancellationToken ct) => Task.FromResult<string?>(image);

    public Task EnsureNetworkAsync(ClusterKey cluster, CancellationToken ct) => Task.CompletedTask;

    /// <summary>
    /// Removes what is left when the pods are gone: services and similar objects, interrupted one-shots, and claims that are being deleted.
    /// </summary>
    public async Task DeleteNetworkAsync(ClusterKey cluster, CancellationToken ct)
    {
        try
        {
            await verifications.EndAsync(cluster, ct);
        }
        catch (ForeignObjectException)
        {
            // An object of another owner has the name of a restore test, and stays.
        }

        foreach (var pod in await objects.Pods.ListAsync(cluster.Namespace, ct, Labels.Of(cluster)))
        {
            await pods.EndAsync(pod, TimeSpan.Zero, ct);
        }

        foreach (var surplus in await objects.ListAsync(cluster, ct))
        {
            await objects.RemoveAsync(cluster, surplus, ct);
        }

        await volumes.AwaitGoneAsync(cluster, ct);
    }

    public Task EnsureVolumeAsync(ClusterKey cluster, string instance, VolumeRequest request, CancellationToken ct) =>
        volumes.EnsureAsync(cluster, instance, request, ct);

    public Task<string?> GrowVolumeAsync(ClusterKey cluster, string instance, string size, CancellationToken ct) =>
        volumes.GrowAsync(cluster, instance, size, ct);

    public Task DeleteVolumeAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        control.Forget(cluster, instance);
        return volumes.DeleteAsync(cluster, Names.Volume(instance), ct);
    }

    public Task StoreSecretAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct) =>
        secrets.StoreAsync(cluster, name, content, ct);

    public Task<IReadOnlyDictionary<string, byte[]>> ReadSecretsAsync(
        ClusterKey cluster, string image, IReadOnlyList<string> names, CancellationToken ct) =>
        secrets.ReadAsync(cluster, names, ct);

    public Task<IReadOnlyDictionary<string, string>> VersionsAsync(
        ClusterKey cluster, IReadOnlyList<string> names, CancellationToken ct) => userSecrets.VersionsAsync(cluster, names, ct);

    public Task DeleteSecretAsync(ClusterKey cluster, string name, CancellationToken ct) => secrets.DeleteAsync(cluster, name, ct);

    public V1Pod Describe(CortexCluster cluster, string instance, ImageFacts image) => KubernetesPod.Render(cluster, instance, image);

    /// <summary>The scheduler decides which node takes the pod, and reports a problem as <see cref="PodSeen.StartProblem"/>.</summary>
    public void CheckPlacement(V1Pod pod)
    {
    }

    public Task StartPodAsync(ClusterKey cluster, V1Pod pod, CancellationToken ct)
    {
        lastLogs.Remove(cluster, pod.Metadata.Name);
        control.Forget(cluster, pod.Metadata.Name);
        return pods.StartAsync(cluster, pod, ct);
    }

    public async Task<PodEnd?> StopPodAsync(ClusterKey cluster, string instance, TimeSpan grace, CancellationToken ct)
    {
        control.Forget(cluster, instance);
        var (end, left) = await pods.StopAsync(cluster, instance, grace, ct);
        control.Remember(cluster, instance, left);
        return end ?? (ends.Of(cluster, instance) is { } at ? new PodEnd(null, at) : null);
    }

    /// <summary>
    /// The log disappears with the pod, and may be the only record of the time at which its server died: it is read while the node ends the
    /// pod.
    /// </summary>
    public async Task<PodEnd?> FencePodAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        var log = ReadLastLogAsync(cluster, instance, ct);
        var end = await StopPodAsync(cluster, instance, TimeSpan.Zero, ct);
        await log;
        return end;
    }

    public Task<byte[]?> ReadControlAsync(ClusterKey cluster, string image, string instance, CancellationToken ct) =>
        control.ReadAsync(cluster, image, instance, ct);

    public async Task<string> ReadLogAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        await LogTail.ReadAsync(
            api,
            new ObjectKey(cluster.Namespace, instance),
            Names.PostgresContainer,
            limit: 16 * 1024,
            lines: 50,
            ct) is { Length: > 0 } log
            ? log
            : lastLogs.TryGet(cluster, instance, out var last) ? last : "";

    public Task DeletePodAsync(ClusterKey cluster, string pod, CancellationToken ct) =>
        StopPodAsync(cluster, pod, ShutdownTimeout, ct);

    public Task ForgetPodAsync(ClusterKey cluster, string instance, CancellationToken ct) => pods.ForgetAsync(cluster, instance, ct);

    public Task AssignRolesAsync(ClusterKey cluster, string primary, CancellationToken ct) => pods.AssignRolesAsync(cluster, primary, ct);

    public Task ApplyAsync(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> wanted, CancellationToken ct) =>
        objects.ApplyAsync(cluster, wanted, ct);

    public Task RemoveAsync(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> surplus, CancellationToken ct) =>
        objects.RemoveAsync(cluster, surplus, ct);

    public Task<OneShotResult> RunOneShotAsync(OneShot task, CancellationToken ct)
    {
        if (task.Instance is { } instance)
        {
            control.Forget(task.Cluster, instance);
        }

        return oneShots.RunAsync(task, ct);
    }

    public Task StartJobAsync(Job job, CancellationToken ct)
    {
        control.Forget(job.Work.Cluster, job.Work.Instance!);
        return oneShots.StartAsync(job.Work, new PodRequest { Labels = job.Labels }, ct);
    }

    public Task<OneShotResult?> ReadJobAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        oneShots.ReadAsync(cluster, instance, ct);

    public Task<string> TailJobAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        oneShots.TailAsync(cluster, instance, ct);

    public Task EndJobAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        control.Forget(cluster, instance);
        return oneShots.EndAsync(cluster, Names.OneShot(instance), ct);
    }

    public InstanceAddress AddressOf(ClusterKey cluster, ClusterSpec spec, string instance) => options.Inside
        ? addresses.TryGet(cluster, instance, out var known)
            ? new InstanceAddress(known, InstancePod.Port, Names.Host(cluster, instance))
            : new InstanceAddress(Names.Host(cluster, instance), InstancePod.Port)
        : forwards.AddressOf(cluster, instance);

    public IAsyncEnumerable<ClusterKey> WatchAsync(CancellationToken ct) => events.WatchAsync(ct);

    public void Dispose() => forwards.Dispose();

    /// <summary>For the receipt only: a failure neither fails nor delays the fence.</summary>
    private async Task ReadLastLogAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
        either.CancelAfter(LogLimit);
        try
        {
            if (await ReadLogAsync(cluster, instance, either.Token) is { Length: > 0 } log)
            {
                lastLogs.Set(cluster, instance, log);
            }
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // Then the receipt lacks the beginning of the gap, unless the end of the pod contains it.
        }
    }
}
