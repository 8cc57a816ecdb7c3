using System.Formats.Tar;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Reads single files out of an instance's volume.</summary>
internal sealed class PodmanFiles(LibpodClient podman)
{
    /// <summary>What belongs to a file in the archive that it comes in: its header, what that has no room for, and the end.</summary>
    private const int Packing = 64 * 1024;

    /// <summary>
    /// From where Podman says that the volume lies, which takes no time; where that is another user's (rootless) or on another machine,
    /// through the container, which takes 120 ms. Whoever owns the container decides what lies there: see <see cref="VolumeFile"/>.
    /// </summary>
    /// <param name="limit">A longer file is not read.</param>
    /// <returns>Null when there is no such file, or it cannot be had.</returns>
    public async Task<byte[]?> ReadAsync(ClusterKey cluster, string instance, string path, int limit, CancellationToken ct)
    {
        var name = Names.Volume(instance);
        var reply = await podman.GetAsync($"volumes/{name}/json", ct);
        if (reply.Missing)
        {
            return null;
        }

        var volume = reply.OrThrow($"look at volume {name}").Read(LibpodJson.Default.VolumeRow);
        Ownership.Demand(cluster, volume.Labels, "volume", name);
        var found = string.IsNullOrEmpty(volume.Mountpoint)
            ? VolumeRead.Closed
            : await VolumeFile.ReadAsync(volume.Mountpoint, path, limit, ct);
        return found.Answer is VolumeAnswer.Absent or VolumeAnswer.Closed
            ? await FromContainerAsync(Names.Container(instance), path, limit, ct)
            : found.Content;
    }

    internal async Task<byte[]?> FromContainerAsync(string container, string path, int limit, CancellationToken ct)
    {
        var reply = await podman.GetAsync(
            $"containers/{container}/archive?path={Uri.EscapeDataString($"{Paths.Volume}/{path}")}", ct, limit + Packing);
        if (!reply.Succeeded)
        {
            return null;
        }

        try
        {
            using var archive = new TarReader(new MemoryStream(reply.Body.ToArray()));
            var first = await archive.GetNextEntryAsync(cancellationToken: ct);
            if (first is not { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile } entry || entry.Length > limit)
            {
                return null;
            }

            using var bytes = new MemoryStream();
            await (entry.DataStream ?? Stream.Null).CopyToAsync(bytes, ct);
            return bytes.ToArray();
        }
        catch (Exception broken) when (broken is not OperationCanceledException)
        {
            // An archive that was cut off at the limit: what the reader makes of it depends on where.
            return null;
        }
    }
}
