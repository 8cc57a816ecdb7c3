namespace Cortex.Engine.Targets.Podman;

/// <summary>Advice about the storage driver of Podman. Pure.</summary>
public static class StorageAdvice
{
    /// <summary>From this version on, the kernel lets accounts without privileges mount overlays.</summary>
    private static readonly Version OverlayForUsers = new(5, 13);

    /// <summary>
    /// The Podman of Debian 12 chooses vfs for accounts other than root, if no driver is configured, and copies the whole image for each
    /// container.
    /// </summary>
    /// <param name="driver">The driver that <c>podman info</c> reports.</param>
    public static IReadOnlyList<Finding> Of(string driver, HostFacts facts) => driver != "vfs" ? [] :
    [
        new(
            Severity.Warning,
            "Podman copies the whole image for each container (storage driver vfs): making a cluster takes half a minute instead of "
                + "seconds, and fills the disk",
            $"first cortex down --volumes and podman system reset, which remove all containers, images and volumes of this account; "
                + $"{Choice(facts)}; then cortex up"),
    ];

    private static string Choice(HostFacts facts) =>
        (facts.Rootless, facts.KernelVersion >= OverlayForUsers, facts.Programs.Contains("fuse-overlayfs")) switch
    {
        (false, _, _) => Write("/etc/containers/storage.conf", "[storage]", "driver = \"overlay\""),
        (_, true, _) => Write("~/.config/containers/storage.conf", "[storage]", "driver = \"overlay\""),
        (_, _, true) => WithProgram,
        _ => $"as root: apt-get install fuse-overlayfs; {WithProgram}",
    };

    private static string WithProgram => Write(
        "~/.config/containers/storage.conf", "[storage]", "driver = \"overlay\"", "[storage.options.overlay]",
        "mount_program = \"/usr/bin/fuse-overlayfs\"");

    private static string Write(string file, params string[] lines) => $"then write into {file} the lines {string.Join(" and ", lines)}";
}
