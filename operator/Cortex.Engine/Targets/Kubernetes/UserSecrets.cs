using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Memory;
using Cortex.Runtime;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// Secrets that users made. Only their metadata is read: pods mount the content, and the operator never has it.
/// </summary>
/// <remarks>
/// Every pod that mounts one is made for the purpose. For a new pod, a kubelet reads a Secret again, or has it from a watch
/// (https://kubernetes.io/docs/concepts/configuration/secret/, "Mounted Secrets are updated automatically"): so the minute in which a
/// running pod gets a new content does not count, but the delay of a watch does.
/// </remarks>
internal sealed class UserSecrets(KubernetesObjects objects, TimeProvider clock, ClusterMemory memory)
{
    private const string Missing = "";

    /// <summary>After this time, the watch of each kubelet has reported a version that the operator has read.</summary>
    private static readonly TimeSpan WatchDelay = TimeSpan.FromSeconds(2);

    private readonly Notes<Sighting> sightings = memory.Part<Sighting>();

    /// <summary>See <see cref="ISecretStore.VersionsAsync"/>: those without the label of a cluster.</summary>
    public async Task<IReadOnlyDictionary<string, string>> VersionsAsync(
        ClusterKey cluster, IReadOnlyList<string> names, CancellationToken ct)
    {
        var found = await Task.WhenAll(names.Distinct().Select(async name => (Name: name, Version: await VersionAsync(cluster, name, ct))));
        return found.Where(entry => entry.Version != Missing).ToDictionary(entry => entry.Name, entry => entry.Version);
    }

    /// <summary>
    /// Returns when a new pod gets the versions that the operator knows. An older content would otherwise count as that of the new version,
    /// until the next change.
    /// </summary>
    public async Task AwaitDistributionAsync(ClusterKey cluster, IEnumerable<string> names, CancellationToken ct)
    {
        foreach (var name in names)
        {
            if (sightings.TryGet(cluster, name, out var last) && last.ChangedAt is { } changed
                && WatchDelay - clock.GetElapsedTime(changed) is var rest && rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, clock, ct);
            }
        }
    }

    private async Task<string> VersionAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        var read = await objects.Secrets.GetMetadataAsync(new ObjectKey(cluster.Namespace, name), ct);
        var version = read is null || Labels.Owner(read.Labels?.AsReadOnly()) is not null ? Missing : $"{read.Uid}/{read.ResourceVersion}";
        if (!sightings.TryGet(cluster, name, out var last) || last.Version != version)
        {
            sightings.Set(cluster, name, new Sighting(version, last is null ? null : clock.GetTimestamp()));
        }

        return version;
    }

    /// <param name="ChangedAt">When the operator saw it; null where it is the first that this process has seen.</param>
    private sealed record Sighting(string Version, long? ChangedAt);
}
