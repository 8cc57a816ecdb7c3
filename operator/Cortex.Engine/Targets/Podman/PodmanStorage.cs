using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using k8s.Models;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The network and the volumes of a cluster. They are made through their own endpoints, because before Podman 4.4 a repeated <c>kube
/// play</c> fails on existing ones.
/// </summary>
internal sealed class PodmanStorage(LibpodClient podman)
{
    /// <summary>Another network may take the subnet between the removal and the second creation.</summary>
    private const int SubnetAttempts = 5;

    public async Task EnsureNetworkAsync(ClusterKey cluster, CancellationToken ct)
    {
        var name = Names.Network(cluster.Name);
        if (await OwnNetworkAsync(cluster, name, ct))
        {
            return;
        }

        var wanted = new NewNetwork(name, "bridge", DnsEnabled: true, Labels.Of(cluster));
        // Podman chooses a free subnet; only then can the addresses of the instances be reserved. If this is interrupted, they are not
        // reserved, and all else works.
        for (var attempt = 0; attempt < SubnetAttempts; attempt++)
        {
            if ((await CreateAsync(wanted, ct)).Row is not { } made || PodmanAddresses.Reserve(made) is not { } subnets)
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

    /// <summary>Returns no row if another process has just made the network, and Taken if another network has taken the subnet.</summary>
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

        // The owner is set here: Podman ignores fsGroup, and the containers have no capability to change the owner.
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
    /// Makes the volume for backups, if the pod has one. It has no label of a cluster: it outlives every cluster, and the operator never
    /// removes it.
    /// </summary>
    public async Task EnsureRepositoryAsync(V1Pod pod, CancellationToken ct)
    {
        var repository = pod.Spec.Volumes?.FirstOrDefault(volume => volume.Name == InstancePod.RepositoryVolume);
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

        Ownership.Demand(
            cluster, reply.OrThrow($"look at network {name}").Read(LibpodJson.Default.NetworkRow).Labels, ForeignObject.Network, name);
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
