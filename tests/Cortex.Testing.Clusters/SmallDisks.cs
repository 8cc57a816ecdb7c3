using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Testing.Clusters;

/// <summary>
/// Gives every instance's volume its own file system that is small enough to be filled: an image file, mounted where Podman keeps the
/// volume's data. The operator adopts the volumes, because they have its labels. Needs root.
/// </summary>
public sealed class SmallDisks : IAsyncDisposable
{
    private const string Size = "1G";

    /// <summary>Space for the bookkeeping of fallocate; the rest is filled byte by byte.</summary>
    private const long Reserve = 4L << 20;

    private readonly string folder = Machine.NewDirectory();
    private readonly Dictionary<string, string> mounts = [];

    /// <summary>Creates the volumes of a cluster before the cluster exists.</summary>
    public static async Task<SmallDisks> CreateAsync(string cluster, int instances)
    {
        var disks = new SmallDisks();
        var owner = (await Podman.TextAsync(
            "run",
            "--rm",
            "--network",
            "none",
            "--entrypoint",
            "sh",
            Machine.Image,
            "-c",
            "echo $(id -u postgres):$(id -g postgres)")).Trim();
        foreach (var instance in Names.Instances(cluster, instances))
        {
            await disks.CreateAsync(cluster, instance, owner);
        }

        return disks;
    }

    /// <summary>Fills the disk until about so many bytes are left.</summary>
    public async Task FillAsync(string instance, long left)
    {
        var free = new DriveInfo(mounts[instance]).AvailableFreeSpace;
        if (free > left)
        {
            (await Tool.RunAsync("fallocate", ["-l", (free - left).ToString(CultureInfo.InvariantCulture), Filler(instance)])).Text();
        }
    }

    /// <summary>Fills the disk completely.</summary>
    public async Task FillAsync(string instance)
    {
        await FillAsync(instance, Reserve);
        // Must end with "no space left on device".
        await Tool.RunAsync("sh", ["-c", "cat /dev/zero >>\"$1\"", "fill", Filler(instance)]);
    }

    public void Free(string instance) => File.Delete(Filler(instance));

    /// <summary>A list of its files, two levels deep.</summary>
    public async Task<string> ListAsync(string instance) =>
        (await Tool.RunAsync("find", [mounts[instance], "-maxdepth", "2", "-printf", "%TT %M %u %s %P\n"])).Said;

    public async ValueTask DisposeAsync()
    {
        foreach (var mount in mounts.Values)
        {
            await Tool.RunAsync("umount", ["-l", mount]);
        }

        Directory.Delete(folder, recursive: true);
    }

    private string Filler(string instance) => Path.Combine(mounts[instance], "filler");

    private async Task CreateAsync(string cluster, string instance, string owner)
    {
        var labels = Labels.Of(new ClusterKey("default", cluster), instance).SelectMany(
            label => new[] { "--label", $"{label.Key}={label.Value}" });
        await Podman.TextAsync(["volume", "create", .. labels, Names.Volume(instance)]);
        var mount = await Podman.TextAsync("volume", "inspect", "--format", "{{.Mountpoint}}", Names.Volume(instance));
        var image = Path.Combine(folder, instance);
        (await Tool.RunAsync("truncate", ["-s", Size, image])).Text();
        (await Tool.RunAsync("mkfs.ext4", ["-q", "-m", "0", image])).Text();
        (await Tool.RunAsync("mount", ["-o", "loop", image, mount])).Text();
        mounts[instance] = mount;
        Directory.Delete(Path.Combine(mount, "lost+found"));
        (await Tool.RunAsync("chown", [owner, mount])).Text();
    }
}
