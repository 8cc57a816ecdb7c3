using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Operator.Clients;

/// <summary>
/// Removes what is ours, and nothing else: pods, containers, networks and volumes by our label, secrets by the names that a cluster of ours has.
/// What is gone already counts as removed.
/// </summary>
internal sealed class PodmanSweep(LibpodClient podman, IExecutionTarget target, Action<string> removed)
{
    /// <summary>More than a cluster may have, to find what an older version may have left.</summary>
    private const int MostInstances = 16;

    /// <param name="known">Clusters of the store, which may have secrets and nothing else.</param>
    public async Task RunAsync(IEnumerable<ClusterKey> known, bool volumes, CancellationToken ct)
    {
        var survey = await PodmanSurvey.TakeAsync(podman, ct);
        // All at once: a primary that stops waits for its standbys, and they for nobody.
        await Task.WhenAll(survey.Pods.Select(pod => RemovePodAsync(pod, ct)));
        foreach (var container in survey.Containers)
        {
            await RemoveAsync($"containers/{container.Id}?force=true&timeout=0", $"container {string.Join(", ", container.Names)}", ct);
        }

        await RemoveSecretsAsync(survey.Clusters.Union(known), survey.Secrets, ct);
        foreach (var network in survey.Networks)
        {
            await RemoveAsync($"networks/{network.Name}", $"network {network.Name}", ct);
        }

        foreach (var volume in volumes ? survey.Volumes : [])
        {
            await RemoveAsync($"volumes/{volume.Name}", $"volume {volume.Name}", ct);
        }
    }

    private async Task RemovePodAsync(PodRow pod, CancellationToken ct)
    {
        if (Labels.Owner(pod.Labels) is { } owner)
        {
            await target.DeletePodAsync(owner, pod.Name, ct);
            removed($"pod {pod.Name}");
        }
        else
        {
            await RemoveAsync($"pods/{pod.Name}?force=true", $"pod {pod.Name}", ct);
        }
    }

    private async Task RemoveSecretsAsync(IEnumerable<ClusterKey> clusters, IReadOnlySet<string> present, CancellationToken ct)
    {
        foreach (var cluster in clusters)
        {
            foreach (var secret in Names.Secrets(cluster.Name, MostInstances).Where(name => present.Any(one => one == name || one.StartsWith($"{name}.", StringComparison.Ordinal))))
            {
                await target.DeleteSecretAsync(cluster, secret, ct);
                removed($"secret {secret}");
            }
        }
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
