using System.Globalization;
using System.Text;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Testing.Clusters;

/// <summary>The podman command, on the same storage and with the same settings as the operator's Podman.</summary>
public static class Podman
{
    private static readonly Lazy<IReadOnlyDictionary<string, string?>> Settings = new(Configure);

    private const int MaxReadRetries = 20;

    /// <summary>The environment variables that the command needs on this machine.</summary>
    public static IReadOnlyDictionary<string, string?> Environment => Settings.Value;

    public static Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync("podman", arguments, Environment);

    /// <summary>The output of the command; the test fails if the command fails.</summary>
    public static async Task<string> TextAsync(params string[] arguments) => (await RunAsync(arguments)).Text();

    public static async Task<IReadOnlyList<string>> LinesAsync(params string[] arguments) =>
        (await TextAsync(arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Starts a separate Podman for the caller.</summary>
    public static async Task<OwnPodman> StartOwnAsync() =>
        await OwnPodman.StartAsync(new HostConditions(await HostFacts.GatherAsync(CancellationToken.None)).NeededConfiguration ?? "");

    /// <summary>Builds the image if it does not exist, as the launcher does.</summary>
    public static async Task EnsureImageAsync(string image, string suite)
    {
        if (!(await RunAsync("image", "exists", image)).Succeeded)
        {
            (await Tool.RunAsync(Repository.Path("images/anvil-alloydb-core/build.sh"), ["--suite", suite], Environment)).Demand();
        }
    }

    /// <summary>Runs a program in an instance's container.</summary>
    public static Task<ToolResult> ExecAsync(string instance, params string[] command) =>
        RunAsync(["exec", $"{instance}-postgres", .. command]);

    /// <summary>
    /// Sends SIGKILL from outside of the container, without Podman. In rootless mode the process belongs to another user, so the signal is
    /// sent from Podman's user namespace.
    /// </summary>
    public static async Task KillPostmasterAsync(string instance)
    {
        var kill = new[] { "kill", "-KILL", Assert.NotNull(await PostmasterAsync(instance)).ToString(CultureInfo.InvariantCulture) };
        (System.Environment.IsPrivilegedProcess ? await Tool.RunAsync(kill[0], kill[1..]) : await RunAsync(["unshare", .. kill])).Text();
    }

    /// <summary>Skips a test that freezes containers if Podman cannot do that.</summary>
    public static void SkipUnlessPauseWorks() => Assert.SkipWhen(
        !System.Environment.IsPrivilegedProcess && !File.Exists("/sys/fs/cgroup/cgroup.controllers"),
        "a rootless Podman cannot pause a container on a machine with cgroups of version 1");

    /// <summary>The process id of the postmaster on the host; null if it does not run.</summary>
    public static async Task<int?> PostmasterAsync(string instance)
    {
        var first = await RunAsync("inspect", "--format", "{{.State.Pid}}", $"{instance}-postgres");
        var servers = first.Succeeded ? await Tool.RunAsync("pgrep", ["-P", first.Output.Trim(), "-x", "postgres"]) : first;
        return servers.Succeeded ? int.Parse(servers.Output.Split('\n')[0], CultureInfo.InvariantCulture) : null;
    }

    /// <summary>
    /// Reads secrets through a container that mounts them, because Podman 4.3 has no other way. A secret that is being replaced is missing
    /// for a moment; then all secrets are read again.
    /// </summary>
    public static async Task<IReadOnlyDictionary<string, string>> SecretsAsync(string cluster)
    {
        var read = await MountedSecretsAsync(cluster);
        for (var retry = 0; retry < MaxReadRetries && read.Errors.Contains("no such secret", StringComparison.Ordinal); retry++)
        {
            read = await MountedSecretsAsync(cluster);
        }

        return read.Text().Split('\n').Select(line => line.Split(' ')).ToDictionary(
            parts => parts[0], parts => Encoding.UTF8.GetString(Convert.FromBase64String(parts[1])));
    }

    private static async Task<ToolResult> MountedSecretsAsync(string cluster)
    {
        var names = (await PodmanObjects.NamesAsync("secret", cluster)).Where(name => !name.EndsWith(".next", StringComparison.Ordinal));
        return await RunAsync([
            "run", "--rm", "--network", "none", "--entrypoint", "sh", .. names.SelectMany(name => new[] { "--secret", name }),
            Machine.Image,
            "-c", "cd /run/secrets; for f in *; do echo \"$f $(base64 -w0 \"$f\")\"; done",
        ]);
    }

    private static Dictionary<string, string?> Configure()
    {
        var facts = HostFacts.GatherAsync(CancellationToken.None).GetAwaiter().GetResult();
        if (new HostConditions(facts).OwnConfiguration is not { } needed)
        {
            return [];
        }

        // Beside the operator's own file, in a folder that this user may write.
        var file = Path.Combine(PodmanOptions.FromEnvironment().StateDirectory, "tests.conf");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(file, needed);
        return new Dictionary<string, string?> { ["CONTAINERS_CONF"] = file };
    }
}
