using System.Diagnostics;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Operator.Tests;

/// <summary>
/// A Podman service with a store of its own, because `down` removes everything that is ours from the Podman it speaks to. The images are
/// those of the machine's store, by reference.
/// </summary>
public sealed class PrivatePodman : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cortex-podman-").FullName;
    private readonly Process service;

    private PrivatePodman()
    {
        var conditions = new HostConditions(HostFacts.GatherAsync(CancellationToken.None).GetAwaiter().GetResult());
        File.WriteAllText(Path.Combine(folder, "containers.conf"), $"{conditions.NeededConfiguration}\n[network]\nnetwork_config_dir = \"{folder}/networks\"\n");
        service = Start("system", "service", "--time=0", $"unix://{Socket}");
    }

    public string Socket => Path.Combine(folder, "podman.sock");

    /// <summary>Null, with the reason, where this machine cannot run it.</summary>
    public static (PrivatePodman? Podman, string Why) TryStart() =>
        HostFacts.Find("podman") is null ? (null, "podman is not installed")
        : !Environment.IsPrivilegedProcess ? (null, "a second store beside the user's needs root")
        : (new PrivatePodman(), "");

    /// <summary>What a listing such as <c>volume ls -q</c> prints.</summary>
    public string List(params string[] listing)
    {
        using var process = Start(listing, redirect: true);
        return process.StandardOutput.ReadToEnd();
    }

    /// <summary>Removes what a failed test left, ends the service, and takes the store away.</summary>
    public void Dispose()
    {
        List("pod", "rm", "--all", "--force", "--time", "0");
        List("rm", "--all", "--force", "--time", "0");
        List("volume", "rm", "--all", "--force");
        service.Kill();
        service.WaitForExit();
        service.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private Process Start(params string[] arguments) => Start(arguments, redirect: false);

    private Process Start(string[] arguments, bool redirect)
    {
        string[] own = ["--root", $"{folder}/root", "--runroot", $"{folder}/run", "--tmpdir", $"{folder}/tmp", "--storage-opt", "overlay.imagestore=/var/lib/containers/storage"];
        var start = new ProcessStartInfo("podman", [.. own, .. arguments]) { RedirectStandardOutput = redirect };
        start.Environment["CONTAINERS_CONF"] = Path.Combine(folder, "containers.conf");
        return Process.Start(start)!;
    }
}
