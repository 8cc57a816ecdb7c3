using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

public sealed class StorageAdviceTests
{
    private static readonly HostFacts Rootless = new() { Rootless = true, KernelVersion = new Version(6, 1, 0) };

    [Fact]
    public void A_store_that_shares_images_needs_no_advice() => Assert.Empty(StorageAdvice.Of("overlay", Rootless));

    [Fact]
    public void A_store_that_copies_images_is_a_warning_that_names_the_cost_of_a_change()
    {
        var finding = Assert.Single(StorageAdvice.Of("vfs", Rootless));

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("podman system reset, which remove all", finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5.13", true, "into ~/.config/containers/storage.conf the lines [storage] and driver = \"overlay\";")]
    [InlineData("5.10.0", true, "driver = \"overlay\" and [storage.options.overlay] and mount_program = \"/usr/bin/fuse-overlayfs\";")]
    [InlineData("5.10.0", false, "apt-get install fuse-overlayfs")]
    public void An_old_kernel_needs_a_program_for_overlays(string kernel, bool installed, string remedy)
    {
        var facts =
            Rootless with { KernelVersion = Version.Parse(kernel), Programs = installed ? new HashSet<string> { "fuse-overlayfs" } : [] };

        Assert.Contains(remedy, Assert.Single(StorageAdvice.Of("vfs", facts)).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Roots_store_is_set_for_the_whole_machine() =>
        Assert.Contains(
            "/etc/containers/storage.conf",
            Assert.Single(StorageAdvice.Of("vfs", Rootless with { Rootless = false })).Remedy,
            StringComparison.Ordinal);
}
