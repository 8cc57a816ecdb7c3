using System.Text.Json.Serialization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>Everything in Podman that carries our label, of all clusters.</summary>
internal sealed record PodmanSurvey
{
    public required IReadOnlyList<PodRow> Pods { get; init; }

    /// <summary>Containers outside of pods: one-shots that were cut off.</summary>
    public required IReadOnlyList<ContainerRow> Containers { get; init; }

    public required IReadOnlyList<VolumeRow> Volumes { get; init; }

    public required IReadOnlyList<NetworkRow> Networks { get; init; }

    /// <summary>Ports of this machine that instances of ours have.</summary>
    public required IReadOnlySet<int> Ports { get; init; }

    /// <summary>The clusters that something is left of.</summary>
    public IEnumerable<ClusterKey> Clusters => Pods.Select(one => one.Labels).Concat(Containers.Select(one => one.Labels))
        .Concat(Volumes.Select(one => one.Labels)).Concat(Networks.Select(one => one.Labels))
        .Select(Labels.Owner).OfType<ClusterKey>().Distinct();

    /// <summary>What of it belongs to these clusters.</summary>
    public PodmanSurvey Of(IReadOnlySet<ClusterKey> clusters) => this with
    {
        Pods = [.. Pods.Where(one => Belongs(one.Labels, clusters))],
        Containers = [.. Containers.Where(one => Belongs(one.Labels, clusters))],
        Volumes = [.. Volumes.Where(one => Belongs(one.Labels, clusters))],
        Networks = [.. Networks.Where(one => Belongs(one.Labels, clusters))],
    };

    public static async Task<PodmanSurvey> TakeAsync(LibpodClient podman, CancellationToken ct)
    {
        var containers = (await podman.ListAsync("containers/json?all=true", ct)).OrThrow("list containers").Read(SurveyJson.Default.ListPublishedRow)
            .Where(row => IsOurs(row.Labels)).ToList();
        return new PodmanSurvey
        {
            Pods = [.. (await podman.ListAsync("pods/json", ct)).OrThrow("list pods").Read(SurveyJson.Default.ListPodRow).Where(row => IsOurs(row.Labels))],
            Containers = [.. containers.Where(row => string.IsNullOrEmpty(row.Pod)).Select(row => new ContainerRow { Id = row.Id, Names = row.Names, Labels = row.Labels })],
            Volumes = [.. (await podman.ListAsync("volumes/json", ct)).OrThrow("list volumes").Read(SurveyJson.Default.ListVolumeRow).Where(row => IsOurs(row.Labels))],
            Networks = [.. (await podman.ListAsync("networks/json", ct)).OrThrow("list networks").Read(SurveyJson.Default.ListNetworkRow).Where(row => IsOurs(row.Labels))],
            Ports = containers.SelectMany(row => row.Ports ?? []).Select(port => port.Host).ToHashSet(),
        };
    }

    private static bool Belongs(IReadOnlyDictionary<string, string>? labels, IReadOnlySet<ClusterKey> clusters) =>
        Labels.Owner(labels) is { } owner && clusters.Contains(owner);

    private static bool IsOurs(IReadOnlyDictionary<string, string>? labels) =>
        labels?.GetValueOrDefault(Labels.ManagedBy) == Labels.ManagedByValue;
}

/// <summary>A row of <c>containers/json</c> with its ports.</summary>
internal sealed record PublishedRow(string Id, IReadOnlyList<string> Names, IReadOnlyDictionary<string, string>? Labels, string? Pod, IReadOnlyList<PublishedPort>? Ports);

/// <summary>A port of this machine that leads into a container.</summary>
internal sealed record PublishedPort([property: JsonPropertyName("host_port")] int Host);

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(List<PodRow>))]
[JsonSerializable(typeof(List<PublishedRow>))]
[JsonSerializable(typeof(List<VolumeRow>))]
[JsonSerializable(typeof(List<NetworkRow>))]
internal sealed partial class SurveyJson : JsonSerializerContext;
