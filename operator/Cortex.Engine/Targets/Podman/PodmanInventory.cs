using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets.Podman;

/// <summary>All objects of a cluster, by five calls at the same time.</summary>
internal sealed class PodmanInventory(LibpodClient podman, PodmanSecrets secrets, TimeProvider clock)
{
    /// <summary>
    /// In Podman 4, a process that the container's monitor starts decides about a restart. When this process is lost (observed with a
    /// server that died 20 ms after its start), the container stays <c>stopped</c>, whatever its restart policy says.
    /// </summary>
    private static readonly TimeSpan RestartDecisionLimit = TimeSpan.FromSeconds(5);

    public async Task<Inventory> ListAsync(ClusterKey cluster, CancellationToken ct)
    {
        var network = podman.GetAsync($"networks/{Names.Network(cluster.Name)}/json", ct);
        var pods = podman.ListAsync("pods/json", ct);
        var containers = podman.ListAsync("containers/json?all=true", ct);
        var volumes = podman.ListAsync("volumes/json", ct);
        var stored = secrets.ListAsync(cluster, ct);
        await Task.WhenAll(network, pods, containers, volumes, stored);

        var allPods = (await pods).OrThrow("list pods").Read(LibpodJson.Default.ListPodRow);
        var podRows = allPods.Where(pod => IsInstance(cluster, pod.Name)).ToList();
        var containerRows = (await containers).OrThrow("list containers").Read(LibpodJson.Default.ListContainerRow);
        var volumeRows = (await volumes).OrThrow("list volumes").Read(LibpodJson.Default.ListVolumeRow)
            .Where(volume => InstanceOf(cluster, volume) is not null).ToList();
        var foreign = podRows.Select(pod => Ownership.Foreign(cluster, pod.Labels, "pod", pod.Name))
            .Concat(volumeRows.Select(volume => Ownership.Foreign(cluster, volume.Labels, "volume", volume.Name)))
            .Concat(StrayContainers(cluster, containerRows))
            .Append(ForeignNetwork(cluster, await network)).OfType<ForeignObject>().ToList();
        var networkExists = (await network) is { Missing: false } && foreign.All(thing => thing.Kind != ForeignObject.Network);
        var established = networkExists || podRows.Any(pod => Labels.Owner(pod.Labels) == cluster);
        var ownership = (await stored).Select(secret => (secret.Seen, Foreign: secret.Foreign(cluster, established))).ToList();
        return new Inventory
        {
            NetworkExists = networkExists,
            Pods =
            [
                .. podRows.Where(pod => WorkloadOf(cluster, pod) is { Kind: WorkloadKind.Instance })
                    .Select(pod => Seen(pod, containerRows)),
            ],
            OtherPods =
            [
                .. Others(cluster, allPods).Select(pod => new OtherPodSeen(WorkloadOf(cluster, pod)!.Value, StateOf(pod, containerRows))),
            ],
            Volumes = [.. volumeRows.Where(volume => Labels.Owner(volume.Labels) == cluster)
                .Select(volume => new VolumeSeen(volume.Name, InstanceOf(cluster, volume)!))],
            Secrets = [.. ownership.Where(entry => entry.Foreign is null).Select(entry => entry.Seen)],
            Jobs = PodmanJobs.Among(cluster, containerRows),
            Foreign = [.. foreign, .. ownership.Select(entry => entry.Foreign).OfType<ForeignObject>()],
            Addresses = await network is { Missing: false } own
                ? PodmanAddresses.All(
                    own.OrThrow("look at the network").Read(LibpodJson.Default.NetworkRow),
                    cluster,
                    podRows) : new Dictionary<string, string>(),
        };
    }

    /// <summary>
    /// The instances that have a container, and where each is published. One request for these containers only: Podman examines each
    /// container that it lists.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, PublishedPort?>> PublishedAsync(ClusterKey cluster, CancellationToken ct)
    {
        var filters = JsonSerializer.Serialize(
            new Dictionary<string, string[]>
            {
                ["label"] = [.. Labels.Of(cluster).Select(label => $"{label.Key}={label.Value}")],
                ["name"] = [$"{Names.Container("")}$"],
            },
            LibpodJson.Default.DictionaryStringStringArray);
        var rows = (await podman.ListAsync($"containers/json?all=true&filters={Uri.EscapeDataString(filters)}", ct))
            .OrThrow("list containers").Read(LibpodJson.Default.ListContainerRow);
        return rows
            .Where(row => row.Labels?.GetValueOrDefault(Labels.Instance) is { } instance && row.Names.Contains(Names.Container(instance)))
            .ToDictionary(row => row.Labels![Labels.Instance], PortOf);
    }

    /// <summary>Containers of the cluster outside of pods: interrupted one-shots.</summary>
    public async Task<IReadOnlyList<string>> LeftoversAsync(ClusterKey cluster, CancellationToken ct)
    {
        var rows = (
            await podman.ListAsync("containers/json?all=true", ct)).OrThrow("list containers").Read(LibpodJson.Default.ListContainerRow);
        return [.. rows.Where(row => Labels.Owner(row.Labels) == cluster && string.IsNullOrEmpty(row.Pod)).Select(row => row.Names[0])];
    }

    /// <summary>The names of the cluster's pods that are not instances.</summary>
    public async Task<IReadOnlyList<string>> OtherPodsAsync(ClusterKey cluster, CancellationToken ct)
    {
        var rows = (await podman.ListAsync("pods/json", ct)).OrThrow("list pods").Read(LibpodJson.Default.ListPodRow);
        return [.. Others(cluster, rows).Select(pod => pod.Name)];
    }

    private static IEnumerable<PodRow> Others(ClusterKey cluster, IEnumerable<PodRow> rows) =>
        rows.Where(pod => WorkloadOf(cluster, pod) is { Kind: WorkloadKind.Other });

    /// <summary>Null where it is not a pod of the cluster.</summary>
    private static Workload? WorkloadOf(ClusterKey cluster, PodRow pod) =>
        Labels.Owner(pod.Labels) == cluster ? Workload.Of(cluster, pod.Name, pod.Labels) : null;

    private static PodState StateOf(PodRow pod, IEnumerable<ContainerRow> containers)
    {
        var states = containers.Where(row => row.Pod == pod.Id && !row.IsInfra).Select(row => StateOf(row.State)).Distinct().ToList();
        return states.Contains(
            PodState.Running) ? PodState.Running : states is [var all] ? all : states.Count == 0 ? PodState.Created : PodState.Unknown;
    }

    private PodSeen Seen(PodRow pod, IReadOnlyList<ContainerRow> containers)
    {
        var postgres = containers.FirstOrDefault(row => row.Pod == pod.Id && row.Names.Contains(Names.Container(pod.Name)));
        // The making of a pod without its container was interrupted: nothing runs in the pod.
        var state = postgres is null ? PodState.Created : StateOf(postgres.State);
        var ended = state == PodState.Exited;
        var port = containers.Where(row => row.Pod == pod.Id).Select(PortOf).FirstOrDefault(publishedPort => publishedPort is not null);
        return new PodSeen(
            pod.Name,
            state,
            ended ? postgres!.ExitCode : null,
            postgres?.Restarts ?? 0,
            postgres?.Image,
            ended ? DateTimeOffset.FromUnixTimeSeconds(postgres!.ExitedAt) : null)
        {
            IsForgotten = postgres is { State: "stopped" } dead
                && clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(dead.ExitedAt) > RestartDecisionLimit,
            ImageId = postgres?.ImageId,
            Revision = pod.Labels?.GetValueOrDefault(Labels.Revision),
            HostAddress = port?.HostIp,
            HostPort = port?.HostPort,
            StartedAt = postgres is { StartedAt: > 0 } ? DateTimeOffset.FromUnixTimeSeconds(postgres.StartedAt) : null,
        };
    }

    private static PublishedPort? PortOf(ContainerRow row) => row.Ports?.FirstOrDefault(port => port.ContainerPort == InstancePod.Port);

    /// <summary>Podman may still restart a <c>stopped</c> container, so this state proves nothing.</summary>
    private static PodState StateOf(string? state) => state switch
    {
        "running" => PodState.Running,
        "paused" => PodState.Paused,
        "exited" => PodState.Exited,
        "created" or "configured" or "initialized" => PodState.Created,
        _ => PodState.Unknown,
    };

    private static IEnumerable<ForeignObject?> StrayContainers(ClusterKey cluster, IEnumerable<ContainerRow> rows) =>
        from row in rows
        where string.IsNullOrEmpty(row.Pod)
        from name in row.Names
        where Names.IsContainer(cluster.Name, name)
        select Ownership.Foreign(cluster, row.Labels, "container", name);

    private static ForeignObject? ForeignNetwork(ClusterKey cluster, LibpodReply reply)
    {
        var name = Names.Network(cluster.Name);
        return reply.Missing ? null
            : Ownership.Foreign(
                cluster, reply.OrThrow($"look at network {name}").Read(LibpodJson.Default.NetworkRow).Labels, ForeignObject.Network, name);
    }

    private static bool IsInstance(ClusterKey cluster, string instance) => Names.IndexOf(cluster.Name, instance) is not null;

    /// <summary>By the name, not by a label: a volume of another owner with this name is a conflict, too.</summary>
    private static string? InstanceOf(ClusterKey cluster, VolumeRow volume)
    {
        var suffix = Names.Volume("");
        return volume.Name.EndsWith(suffix, StringComparison.Ordinal)
            && volume.Name[..^suffix.Length] is var instance
            && IsInstance(cluster, instance)
            ? instance
            : null;
    }
}
