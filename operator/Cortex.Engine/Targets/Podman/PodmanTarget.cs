using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Backup;
using Cortex.Engine.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using k8s.Models;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Podman 4.3.1 to 6 on this machine, rootful or rootless, through its REST API. The operator reaches instances at their published ports,
/// because the host cannot reach the addresses of a rootless network.
/// </summary>
public sealed class PodmanTarget : IExecutionTarget, IBackupJobs, IVerificationJobs, IClientInventory, IDisposable
{
    private readonly PodmanService service;
    private readonly LibpodClient podman;
    private readonly PodmanStorage storage;
    private readonly PodmanSecrets secrets;
    private readonly PodmanOneShots oneShots;
    private readonly PodmanJobs jobs;
    private readonly PodmanBackups backups;
    private readonly PodmanVerifications verifications;
    private readonly PodmanPods pods;
    private readonly PodmanInventory inventory;
    private readonly PodmanEvents events;
    private readonly Notes<InstanceAddress> published;

    public PodmanTarget(PodmanOptions options, TimeProvider? clock = null, ILoggerFactory? loggers = null, ClusterMemory? memory = null)
    {
        published = (memory ?? new ClusterMemory()).Part<InstanceAddress>();
        clock ??= TimeProvider.System;
        loggers ??= NullLoggerFactory.Instance;
        var changes = new OwnChanges(clock);
        service = new PodmanService(options, clock, loggers.CreateLogger<PodmanService>());
        podman = new LibpodClient(service.Socket, service.ConnectAsync);
        storage = new PodmanStorage(podman);
        oneShots = new PodmanOneShots(podman, clock);
        var unattended = new PodmanUnattended(podman, oneShots);
        jobs = new PodmanJobs(podman, unattended);
        backups = new PodmanBackups(unattended);
        verifications = new PodmanVerifications(podman, unattended);
        secrets = new PodmanSecrets(podman, oneShots);
        pods = new PodmanPods(podman, changes, clock);
        inventory = new PodmanInventory(podman, secrets, clock);
        events = new PodmanEvents(podman, changes, clock, loggers.CreateLogger<PodmanTarget>());
    }

    public async Task<Inventory> ListAsync(ClusterKey cluster, CancellationToken ct)
    {
        var listed = await inventory.ListAsync(cluster, ct);
        foreach (var pod in listed.Pods)
        {
            Locate(cluster, pod.Instance, pod.HostAddress, pod.HostPort);
        }

        return listed;
    }

    public async Task<IReadOnlyList<SecretSeen>> LookForClientAsync(ClusterKey cluster, CancellationToken ct)
    {
        var stored = secrets.ListAsync(cluster, ct);
        var ports = await inventory.PublishedAsync(cluster, ct);
        foreach (var instance in ports.Keys.Union(published.Of(cluster).Keys))
        {
            var port = ports.GetValueOrDefault(instance);
            Locate(cluster, instance, port?.HostIp, port?.HostPort);
        }

        // A secret without a mark counts as the cluster's: a client asks only for a cluster that exists.
        return [.. (await stored).Where(secret => secret.Foreign(cluster, established: true) is null).Select(secret => secret.Seen)];
    }

    public Task<string?> FindImageAsync(string image, CancellationToken ct) => new PodmanImages(podman).FindAsync(image, ct);

    /// <summary>Whether the image is on this machine; it is not pulled.</summary>
    public Task<bool> HoldsImageAsync(string image, CancellationToken ct) => new PodmanImages(podman).HoldsAsync(image, ct);

    public Task EnsureNetworkAsync(ClusterKey cluster, CancellationToken ct) => storage.EnsureNetworkAsync(cluster, ct);

    public async Task DeleteNetworkAsync(ClusterKey cluster, CancellationToken ct)
    {
        await oneShots.RemoveLeftoversAsync(await inventory.LeftoversAsync(cluster, ct), ct);
        foreach (var pod in await inventory.OtherPodsAsync(cluster, ct))
        {
            await pods.DeleteAsync(cluster, pod, ct);
        }

        await storage.DeleteNetworkAsync(cluster, ct);
    }

    public Task EnsureVolumeAsync(ClusterKey cluster, string instance, VolumeRequest request, CancellationToken ct) =>
        storage.EnsureVolumeAsync(cluster, instance, request.Uid, request.Gid, ct);

    public async Task DeleteVolumeAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        var leftovers = await inventory.LeftoversAsync(cluster, ct);
        await oneShots.RemoveLeftoversAsync(leftovers.Where(name => name == Names.OneShot(instance) || name == Names.Backup(instance)), ct);
        await storage.DeleteVolumeAsync(cluster, instance, ct);
    }

    public Task StoreSecretAsync(ClusterKey cluster, string name, ReadOnlyMemory<byte> content, CancellationToken ct) =>
        secrets.StoreAsync(cluster, name, content, ct);

    public Task<IReadOnlyDictionary<string, byte[]>> ReadSecretsAsync(
        ClusterKey cluster, string image, IReadOnlyList<string> names, CancellationToken ct) => secrets.ReadAsync(cluster, image, names,
        ct);

    public Task<IReadOnlyDictionary<string, string>> VersionsAsync(
        ClusterKey cluster, IReadOnlyList<string> names, CancellationToken ct) => secrets.VersionsAsync(names, ct);

    public Task DeleteSecretAsync(ClusterKey cluster, string name, CancellationToken ct) => secrets.DeleteAsync(cluster, name, ct);

    public V1Pod Describe(CortexCluster cluster, string instance, ImageFacts image) =>
        InstancePod.Render(cluster.Key(), cluster.Spec, instance, image);

    public void CheckPlacement(V1Pod pod) => PodmanPorts.DemandAddresses(pod);

    public async Task StartPodAsync(ClusterKey cluster, V1Pod pod, CancellationToken ct)
    {
        await storage.EnsureRepositoryAsync(pod, ct);
        await pods.StartAsync(cluster, pod, ct);
    }

    public Task<PodEnd?> StopPodAsync(ClusterKey cluster, string instance, TimeSpan grace, CancellationToken ct) =>
        pods.StopAsync(cluster, instance, grace, ct);

    public Task<PodEnd?> FencePodAsync(ClusterKey cluster, string instance, CancellationToken ct) => pods.FenceAsync(cluster, instance, ct);

    public Task<byte[]?> ReadControlAsync(ClusterKey cluster, string image, string instance, CancellationToken ct) =>
        new PodmanFiles(podman).ReadAsync(cluster, instance, Paths.ControlFile, ControlFile.Size, ct);

    public Task<string> ReadLogAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        PodmanLogs.TailAsync(podman, Names.Container(instance), ct);

    /// <summary>The next pod is published where the spec says.</summary>
    public async Task DeletePodAsync(ClusterKey cluster, string pod, CancellationToken ct)
    {
        await pods.DeleteAsync(cluster, pod, ct);
        published.Remove(cluster, pod);
    }

    public Task<OneShotResult> RunOneShotAsync(OneShot task, CancellationToken ct) => oneShots.RunAsync(task, ct);

    public Task StartJobAsync(Job job, CancellationToken ct) => jobs.StartAsync(job, ct);

    public Task<OneShotResult?> ReadJobAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        jobs.ReadAsync(cluster, instance, ct);

    public Task<string> TailJobAsync(ClusterKey cluster, string instance, CancellationToken ct) => jobs.TailAsync(instance, ct);

    public Task EndJobAsync(ClusterKey cluster, string instance, CancellationToken ct) => jobs.EndAsync(cluster, instance, ct);

    public Task StartBackupAsync(OneShot work, string uid, CancellationToken ct) => backups.StartAsync(work, uid, ct);

    public Task<BackupJobSeen?> SeeBackupAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        backups.SeeAsync(cluster, instance, ct);

    public Task EndBackupAsync(ClusterKey cluster, string instance, CancellationToken ct) => backups.EndAsync(cluster, instance, ct);

    public Task StartVerificationAsync(OneShot work, VerificationOrder order, CancellationToken ct) =>
        verifications.StartAsync(work, order, ct);

    public Task<VerificationJobSeen?> SeeVerificationAsync(ClusterKey cluster, CancellationToken ct) => verifications.SeeAsync(cluster, ct);

    public Task<bool> IsAnotherVerifiedAsync(ClusterKey cluster, CancellationToken ct) =>
        verifications.IsAnotherRunningAsync(cluster, ct);

    public Task EndVerificationAsync(ClusterKey cluster, CancellationToken ct) => verifications.EndAsync(cluster, ct);

    public InstanceAddress AddressOf(ClusterKey cluster, ClusterSpec spec, string instance)
    {
        var (host, port) = HostAddresses.Of(cluster, spec, instance);
        return published.TryGet(cluster, instance, out var present) ? present : new InstanceAddress(host, port);
    }

    public IAsyncEnumerable<ClusterKey> WatchAsync(CancellationToken ct) => events.WatchAsync(ct);

    public void Dispose()
    {
        podman.Dispose();
        service.Dispose();
    }

    /// <summary>A pod that has not been made again after a change of address or port is still reached at the old ones.</summary>
    private void Locate(ClusterKey cluster, string instance, string? hostAddress, int? hostPort)
    {
        if (hostPort is { } port)
        {
            published.Set(cluster, instance, new InstanceAddress(HostAddresses.Reachable(hostAddress), port));
        }
        else
        {
            published.Remove(cluster, instance);
        }
    }
}
