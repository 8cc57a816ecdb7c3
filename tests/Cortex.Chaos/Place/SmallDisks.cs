using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Chaos.Place;

/// <summary>
/// Gives every instance's volume a file system of its own, small enough to be filled: an image file, mounted where Podman keeps the volume's data.
/// The operator finds volumes that carry its labels and takes them for its own.
/// </summary>
internal sealed class SmallDisks : IAsyncDisposable
{
    private const string Size = "1G";

    /// <summary>Blocks for fallocate's own bookkeeping; the rest is filled byte by byte.</summary>
    private const long Reserve = 4L << 20;

    private readonly string folder = Machine.NewDirectory();
    private readonly Dictionary<string, string> places = [];

    /// <summary>Makes the volumes of a cluster that is not there yet.</summary>
    public static async Task<SmallDisks> MakeAsync(string cluster, int instances)
    {
        var disks = new SmallDisks();
        var owner = (await Podman.TextAsync("run", "--rm", "--network", "none", "--entrypoint", "sh", Machine.Image, "-c", "echo $(id -u postgres):$(id -g postgres)")).Trim();
        foreach (var instance in Names.Instances(cluster, instances))
        {
            await disks.MakeAsync(cluster, instance, owner);
        }

        return disks;
    }

    /// <summary>Until not one byte is left.</summary>
    public async Task FillAsync(string instance)
    {
        var left = new DriveInfo(places[instance]).AvailableFreeSpace;
        if (left > Reserve)
        {
            (await Tool.RunAsync("fallocate", ["-l", (left - Reserve).ToString(CultureInfo.InvariantCulture), Filler(instance)])).Text();
        }

        // Ends with "no space left on device", as it shall.
        await Tool.RunAsync("sh", ["-c", "cat /dev/zero >>\"$1\"", "fill", Filler(instance)]);
    }

    public void Free(string instance) => File.Delete(Filler(instance));

    /// <summary>The first two levels of what lies on it.</summary>
    public async Task<string> ListAsync(string instance) => (await Tool.RunAsync("find", [places[instance], "-maxdepth", "2", "-printf", "%TT %M %u %s %P\n"])).Said;

    public async ValueTask DisposeAsync()
    {
        foreach (var place in places.Values)
        {
            await Tool.RunAsync("umount", ["-l", place]);
        }

        Directory.Delete(folder, recursive: true);
    }

    private string Filler(string instance) => Path.Combine(places[instance], "filler");

    private async Task MakeAsync(string cluster, string instance, string owner)
    {
        var labels = Labels.Of(new ClusterKey("default", cluster), instance).SelectMany(label => new[] { "--label", $"{label.Key}={label.Value}" });
        await Podman.TextAsync(["volume", "create", .. labels, Names.Volume(instance)]);
        var place = await Podman.TextAsync("volume", "inspect", "--format", "{{.Mountpoint}}", Names.Volume(instance));
        var image = Path.Combine(folder, instance);
        (await Tool.RunAsync("truncate", ["-s", Size, image])).Text();
        (await Tool.RunAsync("mkfs.ext4", ["-q", "-m", "0", image])).Text();
        (await Tool.RunAsync("mount", ["-o", "loop", image, place])).Text();
        places[instance] = place;
        Directory.Delete(Path.Combine(place, "lost+found"));
        (await Tool.RunAsync("chown", [owner, place])).Text();
    }
}
