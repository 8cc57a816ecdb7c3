using System.Diagnostics;
using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>Builds this project's image from Debian's packages, with the script of the checkout.</summary>
internal static class ImageBuild
{
    private static readonly string Repository = ClusterSpec.DefaultImage[..ClusterSpec.DefaultImage.LastIndexOf(':')];

    /// <summary>Whether the script can build an image with this name.</summary>
    public static bool Builds(string image) =>
        image == Repository
            || image.StartsWith($"{Repository}:", StringComparison.Ordinal) && image[(Repository.Length + 1)..] is "latest" or "17" or "15";

    /// <summary>Builds the image; the script writes its progress to the output of this process.</summary>
    /// <param name="home">The checkout; null if there is no checkout.</param>
    public static async Task RunAsync(string image, string? home, CancellationToken ct)
    {
        var script = Path.Combine(home ?? "", "images/anvil-alloydb-core/build.sh");
        if (home is null || !File.Exists(script))
        {
            throw new CommandException(
                $"the image {image} is missing, and so is the checkout that could build it",
                "load it with podman load, or run the launcher of a checkout");
        }

        var suite = image.EndsWith(":15", StringComparison.Ordinal) ? "bookworm" : "trixie";
        using var build = Process.Start(
            new ProcessStartInfo(HostFacts.Find("bash") ?? "bash") { ArgumentList = { script, "--suite", suite } })!;
        await build.WaitForExitAsync(ct);
        if (build.ExitCode != 0)
        {
            throw new CommandException(
                $"the image {image} could not be built: {script} ended with {build.ExitCode}", "see its messages above; then run up again");
        }
    }
}
