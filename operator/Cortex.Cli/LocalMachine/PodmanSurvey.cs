using System.Text.Json.Serialization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>All objects in Podman with the operator's label, of all clusters.</summary>
internal sealed record PodmanSurvey
{
    public required IReadOnlyList<PodRow> Pods { get; init; }

    /// <summary>Containers without a pod: one-shots that were interrupted.</summary>
    public required IReadOnlyList<ContainerRow> Containers { get; init; }

    public required IReadOnlyList<VolumeRow> Volumes { get; init; }

    public required IReadOnlyList<NetworkRow> Networks { get; init; }

    /// <summary>Ports of this machine that instances use.</summary>
    public required IReadOnlySet<int> Ports { get; init; }

    /// <summary>The clusters that own at least one of the objects.</summary>
    public IEnumerable<ClusterKey> Clusters => Pods.Select(pod => pod.Labels).Concat(Containers.Select(container => container.Labels))
        .Concat(Volumes.Select(volume => volume.Labels)).Concat(Networks.Select(network => network.Labels))
        .Select(Labels.Owner).OfType<ClusterKey>().Distinct();

    /// <summary>The objects of these clusters.</summary>
    public PodmanSurvey Of(IReadOnlySet<ClusterKey> clusters) => this with
    {
        Pods = [.. Pods.Where(pod => Belongs(pod.Labels, clusters))],
        Containers = [.. Containers.Where(container => Belongs(container.Labels, clusters))],
        Volumes = [.. Volumes.Where(volume => Belongs(volume.Labels, clusters))],
        Networks = [.. Networks.Where(network => Belongs(network.Labels, clusters))],
    };

    public static async Task<PodmanSurvey> TakeAsync(LibpodClient podman, CancellationToken ct)
    {
        var containers = (await podman.ListAsync("containers/json?all=true", ct)).OrThrow("list containers")
            .Read(SurveyJson.Default.ListPublishedRow).Where(row => IsManaged(row.Labels)).ToList();
        var pods = (await podman.ListAsync("pods/json", ct)).OrThrow("list pods").Read(SurveyJson.Default.ListPodRow);
        var volumes = (await podman.ListAsync("volumes/json", ct)).OrThrow("list volumes").Read(SurveyJson.Default.ListVolumeRow);
        var networks = (await podman.ListAsync("networks/json", ct)).OrThrow("list networks").Read(SurveyJson.Default.ListNetworkRow);
        return new PodmanSurvey
        {
            Pods = [.. pods.Where(row => IsManaged(row.Labels))],
            Containers =
            [
                .. containers.Where(row => string.IsNullOrEmpty(row.Pod))
                    .Select(row => new ContainerRow { Id = row.Id, Names = row.Names, Labels = row.Labels }),
            ],
            Volumes = [.. volumes.Where(row => IsManaged(row.Labels))],
            Networks = [.. networks.Where(row => IsManaged(row.Labels))],
            Ports = containers.SelectMany(row => row.Ports ?? []).Select(port => port.Host).ToHashSet(),
        };
    }

    private static bool Belongs(IReadOnlyDictionary<string, string>? labels, IReadOnlySet<ClusterKey> clusters) =>
        Labels.Owner(labels) is { } owner && clusters.Contains(owner);

    private static bool IsManaged(IReadOnlyDictionary<string, string>? labels) =>
        labels?.GetValueOrDefault(Labels.ManagedBy) == Labels.ManagedByValue;
}

/// <summary>A row of <c>containers/json</c> with its ports.</summary>
internal sealed record PublishedRow(
    string Id, IReadOnlyList<string> Names, IReadOnlyDictionary<string, string>? Labels, string? Pod, IReadOnlyList<PublishedPort>? Ports);

/// <summary>A port of this machine that is forwarded to a container.</summary>
internal sealed record PublishedPort([property: JsonPropertyName("host_port")] int Host);

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(List<PodRow>))]
[JsonSerializable(typeof(List<PublishedRow>))]
[JsonSerializable(typeof(List<VolumeRow>))]
[JsonSerializable(typeof(List<NetworkRow>))]
internal sealed partial class SurveyJson : JsonSerializerContext;
