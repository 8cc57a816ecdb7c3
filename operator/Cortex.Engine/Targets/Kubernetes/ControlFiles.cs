using System.Collections.Concurrent;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// Reads pg_control out of an instance's volume: through one of the pod's containers, the holding one first, where there is a pod, which takes 50 ms; else through a pod of its own, which takes a second or two.
/// What rests does not change, so the second way is gone once for each rest.
/// </summary>
internal sealed class ControlFiles(k8s.Kubernetes client, KubernetesObjects objects, KubernetesPods pods, KubernetesOneShots oneShots)
{
    private static readonly string File = $"{Paths.Volume}/{Paths.ControlFile}";

    private readonly ConcurrentDictionary<(ClusterKey, string), byte[]?> resting = new();

    /// <summary>Something may change the volume from now on.</summary>
    public void Forget(ClusterKey cluster, string instance) => resting.TryRemove((cluster, instance), out _);

    public async Task<byte[]?> ReadAsync(ClusterKey cluster, string image, string instance, CancellationToken ct)
    {
        if (await pods.FindAsync(cluster, instance, ct) is { } pod)
        {
            Forget(cluster, instance);
            var open = new[] { Names.HoldContainer, Names.PostgresContainer }.FirstOrDefault(name => PodReading.Container(pod, name)?.State?.Running is not null);
            return pod.Metadata.DeletionTimestamp is null && open is not null ? await ThroughPodAsync(cluster, instance, open, ct) : null;
        }

        if (resting.TryGetValue((cluster, instance), out var known))
        {
            return known;
        }

        var volume = await objects.Claims.GetAsync(new(cluster.Namespace, Names.Volume(instance)), ct);
        return volume is null ? null : resting[(cluster, instance)] = await AtRestAsync(cluster, image, instance, VolumeClaim.OwnerOf(volume), ct);
    }

    private async Task<byte[]?> ThroughPodAsync(ClusterKey cluster, string instance, string container, CancellationToken ct)
    {
        using var content = new MemoryStream();
        try
        {
            var code = await client.NamespacedPodExecAsync(
                instance, cluster.Namespace, container, ["cat", File], tty: false, async (_, output, _) => await output.CopyToAsync(content, ct), ct);
            return code == 0 ? content.ToArray() : null;
        }
        catch (Exception cause) when (cause is KubernetesException or HttpRequestException or System.Net.WebSockets.WebSocketException or IOException)
        {
            // It went while we asked: not known.
            return null;
        }
    }

    private async Task<byte[]?> AtRestAsync(ClusterKey cluster, string image, string instance, (int Uid, int Gid)? owner, CancellationToken ct)
    {
        var result = await oneShots.RunAsync(
            new OneShot
            {
                Cluster = cluster,
                Name = Names.OneShot(instance),
                Image = image,
                Script = "[ ! -f \"$1\" ] || base64 \"$1\"",
                Arguments = [File],
                User = owner,
                Instance = instance,
            },
            ct);
        return result is { ExitCode: 0, Output.Length: > 0 } ? Convert.FromBase64String(result.Output.Replace("\n", "", StringComparison.Ordinal)) : null;
    }
}
