using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The long-lived pods, played from their YAML. What Podman's states mean for us: <c>exited</c> is final, because Podman has decided about
/// the restart policy by then; <c>stopped</c> (4.x: dead, and not yet decided upon) is not, and may turn into <c>running</c>.
/// </summary>
internal sealed class PodmanPods(LibpodClient podman, OwnDoings doings, TimeProvider clock)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AddressReturns = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PlayLimit = TimeSpan.FromMinutes(2);

    /// <summary>A deletion is no emergency: PostgreSQL may end its work cleanly.</summary>
    private static readonly TimeSpan DeletionGrace = TimeSpan.FromSeconds(5);

    private readonly PodmanForwarding forwarding = new(podman);

    public async Task StartAsync(ClusterKey cluster, V1Pod pod, CancellationToken ct)
    {
        var name = pod.Metadata.Name;
        using var doing = doings.Begin(name);
        var seen = await FindAsync(name, ct);
        if (seen is not null)
        {
            Ownership.Demand(cluster, seen.Labels, "pod", name);
            var container = Main(pod);
            if (seen.Containers?.Any(one => one.Name == container) == true && await HasResumedAsync(name, container, ct))
            {
                return;
            }

            // Half made, killed between the pod and its container; or without an address that it could have.
            await RemoveAsync(name, ct);
        }

        // Before Podman gives the pod an address, which a failed start may lose.
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
    /// Rootless Podman 4.3 never gives back the address of a pod whose start failed after the address was given, as it does for a port in
    /// use: not even that pod itself can have it again. It gets another, and is reached by its name.
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
        using var doing = doings.Begin(instance);
        if (await FindAsync(instance, ct) is not { } seen)
        {
            return;
        }

        Ownership.Demand(cluster, seen.Labels, "pod", instance);
        await StopAsync(cluster, instance, DeletionGrace, ct);
        await RemoveAsync(instance, ct);
    }

    public async Task<PodEnd?> StopAsync(ClusterKey cluster, string instance, TimeSpan grace, CancellationToken ct)
    {
        using var doing = doings.Begin(instance);
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

        var yaml = Encoding.UTF8.GetBytes(KubernetesYaml.Serialize(await forwarding.SuitAsync(pod, ct)));
        var reply = await podman.PostAsync($"play/kube?{query}", yaml, "application/yaml", PlayLimit, ct);
        if (reply.AlreadyThere)
        {
            // Another process made it between our look and now.
            await ResumeAsync(pod.Metadata.Name, Main(pod), ct);
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
    /// Starts a pod that exists. Podman ends the pod's own container once the last other one has exited, and a start that meets this fails:
    /// it is repeated until the container runs or the time is over.
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

            // The address is given back by the process that still takes the pod's network away.
            var patience = IsAddressLost(reply.Message) ? AddressReturns : Settling;
            if (!(Passing(reply) || IsAddressLost(reply.Message)) || clock.GetElapsedTime(began) > patience)
            {
                reply.OrThrow($"start pod {name}");
            }

            await Task.Delay(Glance * 2, clock, ct);
        }
    }

    /// <summary>The container that the pod is there for.</summary>
    private static string Main(V1Pod pod) =>
        Names.Container(
            pod.Metadata.Name,
            pod.Spec.Containers.Any(one => one.Name == Names.PostgresContainer) ? Names.PostgresContainer : pod.Spec.Containers[0].Name);

    private static bool Passing(LibpodReply reply) =>
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
    /// Stops the pod's own container before: on Podman 4.3 to remove a pod takes 3.3 s while that runs, 30 ms afterwards. What the stop
    /// answers does not matter, for the removal would do it too.
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
