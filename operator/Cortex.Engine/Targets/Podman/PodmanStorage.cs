using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using k8s.Models;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The network and the volumes of a cluster. Made through their own endpoints, because <c>kube play</c> cannot be repeated on them before
/// 4.4.
/// </summary>
internal sealed class PodmanStorage(LibpodClient podman)
{
    /// <summary>Other networks may take a subnet in the moment in which it is nobody's.</summary>
    private const int SubnetAttempts = 5;

    public async Task EnsureNetworkAsync(ClusterKey cluster, CancellationToken ct)
    {
        var name = Names.Network(cluster.Name);
        if (await OwnNetworkAsync(cluster, name, ct))
        {
            return;
        }

        var wanted = new NewNetwork(name, "bridge", DnsEnabled: true, Labels.Of(cluster));
        // Podman chooses a subnet that is free; only then the addresses of the instances can be kept from other containers. Cut off in
        // between, they are not kept, and all else is as it should be.
        for (var attempt = 0; attempt < SubnetAttempts; attempt++)
        {
            if ((await CreateAsync(wanted, ct)).Row is not { } made || PodmanAddresses.Kept(made) is not { } subnets)
            {
                return;
            }

            await DeleteNetworkAsync(cluster, ct);
            if (!(await CreateAsync(wanted with { Subnets = subnets }, ct)).Taken)
            {
                return;
            }
        }

        await CreateAsync(wanted, ct);
    }

    /// <summary>
    /// No row where another process was quicker with the network; taken where another network was quicker with the subnet.
    /// </summary>
    private async Task<(NetworkRow? Row, bool Taken)> CreateAsync(NewNetwork wanted, CancellationToken ct)
    {
        var reply = await podman.PostAsync("networks/create", wanted, LibpodJson.Default.NewNetwork, ct);
        return reply.AlreadyThere ? (null, false)
            : wanted.Subnets is not null
                && !reply.Succeeded
                && reply.Message.Contains("already used", StringComparison.Ordinal) ? (null, true)
            : (reply.OrThrow($"create network {wanted.Name}").Read(LibpodJson.Default.NetworkRow), false);
    }

    public async Task DeleteNetworkAsync(ClusterKey cluster, CancellationToken ct)
    {
        var name = Names.Network(cluster.Name);
        if (await OwnNetworkAsync(cluster, name, ct))
        {
            await DeleteAsync($"networks/{name}", $"remove network {name}", ct);
        }
    }

    public async Task EnsureVolumeAsync(ClusterKey cluster, string instance, int uid, int gid, CancellationToken ct)
    {
        var name = Names.Volume(instance);
        if (await OwnVolumeAsync(cluster, name, ct))
        {
            return;
        }

        // The owner must be set here: Podman ignores fsGroup, and the containers have no capability to change it.
        var options = new Dictionary<string, string> { ["o"] = $"uid={uid},gid={gid}" };
        var wanted = new NewVolume(name, Labels.Of(cluster, instance), options);
        var reply = await podman.PostAsync("volumes/create", wanted, LibpodJson.Default.NewVolume, ct);
        if (!reply.AlreadyThere)
        {
            reply.OrThrow($"create volume {name}");
        }
    }

    public async Task DeleteVolumeAsync(ClusterKey cluster, string instance, CancellationToken ct)
    {
        var name = Names.Volume(instance);
        if (await OwnVolumeAsync(cluster, name, ct))
        {
            await DeleteAsync($"volumes/{name}", $"remove volume {name}", ct);
        }
    }

    /// <summary>
    /// The volume for backups, where a pod has one. It bears no mark of a cluster: it outlives every cluster, and the operator never
    /// removes it.
    /// </summary>
    public async Task EnsureRepositoryAsync(V1Pod pod, CancellationToken ct)
    {
        var repository = pod.Spec.Volumes?.FirstOrDefault(one => one.Name == InstancePod.RepositoryVolume);
        if (repository?.PersistentVolumeClaim.ClaimName is not { } name)
        {
            return;
        }

        var found = await podman.GetAsync($"volumes/{name}/json", ct);
        if (!found.Missing)
        {
            if (Labels.Owner(found.OrThrow($"look at volume {name}").Read(LibpodJson.Default.VolumeRow).Labels) is { } owner)
            {
                throw new ForeignObjectException(new ForeignObject("volume", name, $"the cluster {owner}"));
            }

            return;
        }

        var user = pod.Spec.Containers[0].SecurityContext;
        var options = new Dictionary<string, string> { ["o"] = $"uid={user.RunAsUser},gid={user.RunAsGroup}" };
        var wanted = new NewVolume(name, new Dictionary<string, string>(), options);
        var made = await podman.PostAsync("volumes/create", wanted, LibpodJson.Default.NewVolume, ct);
        if (!made.AlreadyThere)
        {
            made.OrThrow($"create volume {name}");
        }
    }

    private async Task<bool> OwnNetworkAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        var reply = await podman.GetAsync($"networks/{name}/json", ct);
        if (reply.Missing)
        {
            return false;
        }

        Ownership.Demand(cluster, reply.OrThrow($"look at network {name}").Read(LibpodJson.Default.NetworkRow).Labels, "network", name);
        return true;
    }

    private async Task<bool> OwnVolumeAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        var reply = await podman.GetAsync($"volumes/{name}/json", ct);
        if (reply.Missing)
        {
            return false;
        }

        Ownership.Demand(cluster, reply.OrThrow($"look at volume {name}").Read(LibpodJson.Default.VolumeRow).Labels, "volume", name);
        return true;
    }

    private async Task DeleteAsync(string path, string what, CancellationToken ct)
    {
        var reply = await podman.DeleteAsync(path, ct);
        if (!reply.Missing)
        {
            reply.OrThrow(what);
        }
    }
}
