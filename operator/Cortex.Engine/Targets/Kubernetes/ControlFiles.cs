using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// pg_control of an instance, by the last word of its own pod, or out of its volume through a pod that does nothing else: that takes a
/// second or two, and no right to run programs in other pods. What rests does not change, so it is read once for each rest; of what runs a
/// look holds for a while.
/// </summary>
internal sealed class ControlFiles(
    KubernetesObjects objects, KubernetesPods pods, KubernetesOneShots oneShots, TimeProvider clock, ClusterMemory memory)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    /// <summary>What the owner of the volume may have put there in the file's place is not waited for longer than this.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private static readonly string File = $"{Paths.Volume}/{Paths.ControlFile}";

    /// <summary>Only of a regular file, and no more than tells whether it is one of the right size.</summary>
    internal const string Read = "[ ! -f \"$1\" ] || [ -L \"$1\" ] || head -c \"$2\" \"$1\" | base64";

    private readonly Notes<Look> looks = memory.Part<Look>();

    /// <summary>Something may change the volume from now on.</summary>
    public void Forget(ClusterKey cluster, string instance) => looks.Remove(cluster, instance);

    /// <param name="left">What the pod told when this program had ended it; null where nothing was heard.</param>
    public void Learn(ClusterKey cluster, string instance, byte[]? left)
    {
        if (left is { } content)
        {
            looks.Set(cluster, instance, new Look(content, Rested: true, clock.GetTimestamp()));
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
        if (looks.TryGet(cluster, instance, out var last) && last.Rested == rests && (rests || clock.GetElapsedTime(last.At) < Fresh))
        {
            return last.Content;
        }

        if (await objects.Claims.GetAsync(new(cluster.Namespace, Names.Volume(instance)), ct) is not { } volume
            || await LookAsync(cluster, image, instance, volume, ct) is not { } content)
        {
            return null;
        }

        looks.Set(cluster, instance, new Look(content, rests, clock.GetTimestamp()));
        return content;
    }

    private async Task<byte[]?> LookAsync(
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
                Timeout = Longest,
            },
            ct);
        return result is { ExitCode: 0, Output.Length: > 0 } ? Decode(result.Output) : null;
    }

    /// <summary>Null for what is no base 64.</summary>
    internal static byte[]? Decode(string output)
    {
        var bytes = new byte[output.Length];
        return Convert.TryFromBase64String(output, bytes, out var count) ? bytes[..count] : null;
    }

    private sealed record Look(byte[] Content, bool Rested, long At);
}
