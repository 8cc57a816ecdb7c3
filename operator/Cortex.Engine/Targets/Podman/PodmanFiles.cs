using System.Formats.Tar;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Reads single files from the volume of an instance.</summary>
internal sealed class PodmanFiles(LibpodClient podman)
{
    /// <summary>The overhead of the tar archive that contains the file: headers and the end marker.</summary>
    private const int ArchiveOverhead = 64 * 1024;

    /// <summary>
    /// Reads from the folder of the volume, which takes no time; where the folder belongs to another user (rootless) or is on another
    /// machine, reads through the container, which takes 120 ms. The owner of the container controls the content of the folder: see <see
    /// cref="VolumeFile"/>.
    /// </summary>
    /// <param name="limit">A longer file is not read.</param>
    /// <returns>Null when there is no such file, or it cannot be read.</returns>
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
            $"containers/{container}/archive?path={Uri.EscapeDataString($"{Paths.Volume}/{path}")}", ct, limit + ArchiveOverhead);
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
            // An archive that was cut at the limit; the kind of error depends on the place of the cut.
            return null;
        }
    }
}
