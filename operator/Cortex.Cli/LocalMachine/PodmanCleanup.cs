using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>
/// Removes the objects of the given clusters, and nothing else: pods, containers, networks and volumes by their labels, secrets as the
/// target lists them. An object that is already gone counts as removed.
/// </summary>
internal sealed class PodmanCleanup(LibpodClient podman, PodmanTarget target, Action<string> removed)
{
    /// <returns>The owners of labelled objects that are not among <paramref name="clusters"/>; their objects were not removed.</returns>
    public async Task<IReadOnlyList<ClusterKey>> RunAsync(IReadOnlySet<ClusterKey> clusters, bool volumes, CancellationToken ct)
    {
        var everything = await PodmanSurvey.TakeAsync(podman, ct);
        var survey = everything.Of(clusters);
        // Before anything is removed: a secret without a label belongs to a cluster only as long as the cluster has other objects.
        var secrets = await SecretsAsync(clusters, ct);
        // All pods at the same time: a primary that stops waits for its standbys, and a standby waits for no other instance.
        await Task.WhenAll(survey.Pods.Select(pod => RemovePodAsync(pod, ct)));
        foreach (var container in survey.Containers)
        {
            await RemoveAsync($"containers/{container.Id}?force=true&timeout=0", $"container {string.Join(", ", container.Names)}", ct);
        }

        foreach (var (cluster, secret) in secrets)
        {
            await target.DeleteSecretAsync(cluster, secret, ct);
            removed($"secret {secret}");
        }

        foreach (var network in survey.Networks)
        {
            await RemoveAsync($"networks/{network.Name}", $"network {network.Name}", ct);
        }

        foreach (var volume in volumes ? survey.Volumes : [])
        {
            await RemoveAsync($"volumes/{volume.Name}", $"volume {volume.Name}", ct);
        }

        return [.. everything.Clusters.Except(clusters)];
    }

    private async Task RemovePodAsync(PodRow pod, CancellationToken ct)
    {
        await target.DeletePodAsync(Labels.Owner(pod.Labels)!.Value, pod.Name, ct);
        removed($"pod {pod.Name}");
    }

    private async Task<IReadOnlyList<(ClusterKey Cluster, string Secret)>> SecretsAsync(
        IEnumerable<ClusterKey> clusters, CancellationToken ct)
    {
        List<(ClusterKey, string)> found = [];
        foreach (var cluster in clusters)
        {
            found.AddRange((await target.ListAsync(cluster, ct)).Secrets.Select(secret => (cluster, secret.Name)));
        }

        return found;
    }

    private async Task RemoveAsync(string path, string what, CancellationToken ct)
    {
        var reply = await podman.DeleteAsync(path, ct);
        if (!reply.Missing)
        {
            reply.OrThrow($"remove {what}");
            removed(what);
        }
    }
}
