using System.Formats.Tar;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>Reads single files out of an instance's volume.</summary>
internal sealed class PodmanFiles(LibpodClient podman)
{
    /// <summary>
    /// From where Podman says that the volume lies, which takes no time; where that is another user's (rootless) or on another machine, through the container, which
    /// takes 120 ms.
    /// </summary>
    /// <returns>Null when there is no such file, or it cannot be had.</returns>
    public async Task<byte[]?> ReadAsync(ClusterKey cluster, string instance, string path, CancellationToken ct)
    {
        var name = Names.Volume(instance);
        var reply = await podman.GetAsync($"volumes/{name}/json", ct);
        if (reply.Missing)
        {
            return null;
        }

        var volume = reply.OrThrow($"look at volume {name}").Read(LibpodJson.Default.VolumeRow);
        Ownership.Demand(cluster, volume.Labels, "volume", name);
        return await FromDiskAsync(volume.Mountpoint, path, ct) ?? await FromContainerAsync(Names.Container(instance), path, ct);
    }

    private static async Task<byte[]?> FromDiskAsync(string? mountpoint, string path, CancellationToken ct)
    {
        try
        {
            return string.IsNullOrEmpty(mountpoint) ? null : await File.ReadAllBytesAsync(Path.Combine(mountpoint, path), ct);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal async Task<byte[]?> FromContainerAsync(string container, string path, CancellationToken ct)
    {
        var reply = await podman.GetAsync($"containers/{container}/archive?path={Uri.EscapeDataString($"{Paths.Volume}/{path}")}", ct);
        if (!reply.Succeeded)
        {
            return null;
        }

        using var archive = new TarReader(new MemoryStream(reply.Body.ToArray()));
        if (await archive.GetNextEntryAsync(cancellationToken: ct) is not { DataStream: { } content })
        {
            return null;
        }

        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, ct);
        return bytes.ToArray();
    }
}
