using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// pg_control of an instance: from the termination message of its own pod, or read from its volume by a one-shot pod, which takes a second
/// or two, and needs no right to run programs in other pods. The file of a stopped instance does not change, so it is read once after each
/// stop; that of a running instance is read again after a while.
/// </summary>
internal sealed class ControlFiles(
    KubernetesObjects objects, KubernetesPods pods, KubernetesOneShots oneShots, TimeProvider clock, ClusterMemory memory)
{
    private static readonly TimeSpan FileOfRunningIsFreshFor = TimeSpan.FromSeconds(10);

    /// <summary>The limit for a read: the owner of the volume may have replaced the file by something that blocks.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(20);

    private static readonly string File = $"{Paths.Volume}/{Paths.ControlFile}";

    /// <summary>Reads only a regular file, and only one byte more than the right size, to detect a longer file.</summary>
    internal const string Read = "[ ! -f \"$1\" ] || [ -L \"$1\" ] || head -c \"$2\" \"$1\" | base64";

    private readonly Notes<Reading> readings = memory.Part<Reading>();

    /// <summary>Called before the volume may change.</summary>
    public void Forget(ClusterKey cluster, string instance) => readings.Remove(cluster, instance);

    /// <param name="left">The file as the pod reported it when the operator ended it; null where the pod reported nothing.</param>
    public void Remember(ClusterKey cluster, string instance, byte[]? left)
    {
        if (left is { } content)
        {
            readings.Set(cluster, instance, new Reading(content, AtRest: true, clock.GetTimestamp()));
        }
    }

    public async Task<byte[]?> ReadAsync(ClusterKey cluster, string image, string instance, CancellationToken ct)
    {
        var pod = await pods.FindAsync(cluster, instance, ct);
        if (pod is not null && PodReading.IsNew(pod, clock.GetUtcNow()))
        {
            return null;
        }

        var rests = pod is null;
        if (readings.TryGet(cluster, instance, out var last)
            && last.AtRest == rests
            && (rests || clock.GetElapsedTime(last.At) < FileOfRunningIsFreshFor))
        {
            return last.Content;
        }

        if (await objects.Claims.GetAsync(new(cluster.Namespace, Names.Volume(instance)), ct) is not { } volume
            || await ReadVolumeAsync(cluster, image, instance, volume, ct) is not { } content)
        {
            return null;
        }

        readings.Set(cluster, instance, new Reading(content, rests, clock.GetTimestamp()));
        return content;
    }

    private async Task<byte[]?> ReadVolumeAsync(
        ClusterKey cluster, string image, string instance, V1PersistentVolumeClaim volume, CancellationToken ct)
    {
        var result = await oneShots.RunAsync(
            new OneShot
            {
                Cluster = cluster,
                Name = Names.OneShot(instance),
                Image = image,
                Script = Read,
                Arguments = [File, $"{ControlFile.Size + 1}"],
                User = VolumeClaim.OwnerOf(volume),
                Instance = instance,
                Timeout = ReadLimit,
            },
            ct);
        return result is { ExitCode: 0, Output.Length: > 0 } ? Decode(result.Output) : null;
    }

    /// <summary>Null for text that is not base 64.</summary>
    internal static byte[]? Decode(string output)
    {
        var bytes = new byte[output.Length];
        return Convert.TryFromBase64String(output, bytes, out var count) ? bytes[..count] : null;
    }

    private sealed record Reading(byte[] Content, bool AtRest, long At);
}
