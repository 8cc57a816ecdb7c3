using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The long-lived pods, made from their YAML by <c>kube play</c>. The state <c>exited</c> is final, because Podman has then decided about
/// the restart policy; <c>stopped</c> (in 4.x: dead, restart not decided yet) is not, and may become <c>running</c>.
/// </summary>
internal sealed class PodmanPods(LibpodClient podman, OwnChanges changes, TimeProvider clock)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AddressLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PlayLimit = TimeSpan.FromMinutes(2);

    /// <summary>A deletion is not urgent: PostgreSQL gets time for a clean shutdown.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    private readonly PodmanForwarding forwarding = new(podman);

    public async Task StartAsync(ClusterKey cluster, V1Pod pod, CancellationToken ct)
    {
        var name = pod.Metadata.Name;
        using var change = changes.Begin(name);
        var seen = await FindAsync(name, ct);
        if (seen is not null)
        {
            Ownership.Demand(cluster, seen.Labels, "pod", name);
            var container = MainContainer(pod);
            if (seen.Containers?.Any(member => member.Name == container) == true && await HasResumedAsync(name, container, ct))
            {
                return;
            }

            // The making of the pod was interrupted before its container; or the pod cannot get its address back.
            await RemoveAsync(name, ct);
        }

        // Checked before Podman gives the pod an address, which a failed start may lose.
        PodmanPorts.DemandFree(pod);
        try
        {
            await PlayAsync(cluster, pod, withAddress: true, ct);
        }
        catch (TargetException refusal) when (IsAddressLost(refusal.Message))
        {
            await RemoveAsync(name, ct);
            await PlayAsync(cluster, pod, withAddress: false, ct);
        }
    }

    /// <summary>
    /// If the start of a pod fails after it got its address, as for a port in use, rootless Podman 4.3 never releases this address: not
    /// even that pod can get it again. The pod gets another address, and is reached by its name.
    /// </summary>
    private static bool IsAddressLost(string refusal) => refusal.Contains("is already allocated", StringComparison.Ordinal);

    private async Task<bool> HasResumedAsync(string name, string container, CancellationToken ct)
    {
        try
        {
            await ResumeAsync(name, container, ct);
            return true;
        }
        catch (TargetException refusal) when (IsAddressLost(refusal.Message))
        {
            return false;
        }
    }

    /// <summary>Removes the pod; see <see cref="IPods.DeletePodAsync"/>.</summary>
    public async Task DeleteAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        using var change = changes.Begin(instance);
        if (await FindAsync(instance, ct) is not { } seen)
        {
            return;
        }

        Ownership.Demand(cluster, seen.Labels, "pod", instance);
        await StopAsync(cluster, instance, ShutdownTimeout, ct);
        await RemoveAsync(instance, ct);
    }

    public async Task<PodEnd?> StopAsync(ClusterKey cluster, string instance, TimeSpan grace, CancellationToken ct)
    {
        using var change = changes.Begin(instance);
        return await new PodmanStop(podman, cluster, instance, grace, clock).RunAsync(ct);
    }

    public Task<PodEnd?> FenceAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        new PodmanFence(podman, instance, clock).RunAsync(() => StopAsync(cluster, instance, TimeSpan.Zero, ct), ct);

    private async Task PlayAsync(ClusterKey cluster, V1Pod pod, bool withAddress, CancellationToken ct)
    {
        var network = Names.Network(cluster.Name);
        var query = $"network={network}&logDriver=k8s-file&logOptions=max-size%3D16mb";
        var row = (await podman.GetAsync(
            $"networks/{network}/json", ct)).OrThrow($"look at network {network}").Read(LibpodJson.Default.NetworkRow);
        if (withAddress && PodmanAddresses.Of(row, cluster, pod.Metadata.Name) is { } address)
        {
            query += $"&staticIPs={address}&staticMACs={PodmanAddresses.HardwareOf(address)}";
            var labels = new Dictionary<string, string>(pod.Metadata.Labels) { [Labels.Address] = address };
            pod = pod with { Metadata = pod.Metadata with { Labels = labels } };
        }

        var yaml = Encoding.UTF8.GetBytes(KubernetesYaml.Serialize(await forwarding.AdaptAsync(pod, ct)));
        var reply = await podman.PostAsync($"play/kube?{query}", yaml, "application/yaml", PlayLimit, ct);
        if (reply.AlreadyThere)
        {
            // Another process has made the pod in the meantime.
            await ResumeAsync(pod.Metadata.Name, MainContainer(pod), ct);
            return;
        }

        var what = $"play pod {pod.Metadata.Name}";
        var report = reply.OrThrow(what).Read(LibpodJson.Default.PlayReport);
        if (report.Pods?.SelectMany(played => played.ContainerErrors ?? []).ToArray() is { Length: > 0 } errors)
        {
            throw LibpodReply.Refusal(what, string.Join("; ", errors));
        }
    }

    /// <summary>
    /// Starts an existing pod. Podman ends the pod's own container after the last other container has exited, and a start at this moment
    /// fails: it is repeated until the container runs or the time is over.
    /// </summary>
    private async Task ResumeAsync(string name, string container, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            var state = (await podman.GetAsync($"containers/{container}/json", ct))
                .OrThrow($"look at pod {name}").Read(LibpodJson.Default.ContainerDetail).State.Status;
            if (state is "running" or "paused")
            {
                return;
            }

            var reply = await podman.PostAsync($"pods/{name}/start", ct, PlayLimit);
            if (reply.Succeeded)
            {
                return;
            }

            // The process that still removes the pod's network will release the address.
            var limit = IsAddressLost(reply.Message) ? AddressLimit : StartLimit;
            if (!(IsTransient(reply) || IsAddressLost(reply.Message)) || clock.GetElapsedTime(began) > limit)
            {
                reply.OrThrow($"start pod {name}");
            }

            await Task.Delay(PollInterval * 2, clock, ct);
        }
    }

    /// <summary>The main container of the pod.</summary>
    private static string MainContainer(V1Pod pod) =>
        Names.Container(
            pod.Metadata.Name,
            pod.Spec.Containers.Any(container => container.Name == Names.PostgresContainer)
                ? Names.PostgresContainer
                : pod.Spec.Containers[0].Name);

    private static bool IsTransient(LibpodReply reply) =>
        reply.Unchanged
        || reply.Message.Contains("is stopped", StringComparison.Ordinal)
        || reply.Message.Contains("is not running", StringComparison.Ordinal)
        || reply.Message.Contains("state improper", StringComparison.Ordinal)
        && !reply.Message.Contains("address", StringComparison.Ordinal);

    private async Task<PodDetail?> FindAsync(string name, CancellationToken ct)
    {
        var reply = await podman.GetAsync($"pods/{name}/json", ct);
        return reply.Missing ? null : reply.OrThrow($"look at pod {name}").Read(LibpodJson.Default.PodDetail);
    }

    /// <summary>
    /// Stops the pod's own container first: on Podman 4.3, the removal of a pod takes 3.3 s while this container runs, and 30 ms
    /// afterwards. A failure of the stop does not matter, because the removal stops the container, too.
    /// </summary>
    private async Task RemoveAsync(string name, CancellationToken ct)
    {
        await podman.PostAsync($"pods/{name}/stop?t=0", ct);
        var reply = await podman.DeleteAsync($"pods/{name}?force=true&timeout=0", ct);
        if (!reply.Missing)
        {
            reply.OrThrow($"remove pod {name}");
        }
    }
}
