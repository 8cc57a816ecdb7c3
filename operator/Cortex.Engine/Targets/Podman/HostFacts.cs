using System.Diagnostics;

namespace Cortex.Engine.Targets.Podman;

/// <summary>The facts about this machine as texts, so that a test can describe any machine.</summary>
public sealed record HostFacts
{
    /// <summary>The folders of Podman's helper programs, besides PATH.</summary>
    private static readonly string[] HelperDirectories =
        ["/usr/libexec/podman", "/usr/lib/podman", "/usr/local/libexec/podman", "/usr/local/lib/podman", "/usr/lib/cri-o-runc/sbin"];

    private static readonly string[] Tools =
    [
        "podman",
        "crun",
        "runc",
        "netavark",
        "aardvark-dns",
        "conmon",
        "iptables",
        "nft",
        "slirp4netns",
        "pasta",
        "newuidmap",
        "fuse-overlayfs",
    ];

    private static readonly TimeSpan VersionTimeout = TimeSpan.FromSeconds(20);

    /// <summary>What <c>podman --version</c> printed; null when it could not be run.</summary>
    public string? PodmanVersion { get; init; }

    /// <summary>/proc/mounts.</summary>
    public string Mounts { get; init; } = "";

    /// <summary>/proc/self/status.</summary>
    public string Status { get; init; } = "";

    /// <summary>/proc/1/comm.</summary>
    public string Init { get; init; } = "";

    /// <summary>Which of the relevant programs were found.</summary>
    public IReadOnlySet<string> Programs { get; init; } = new HashSet<string>();

    /// <summary>The containers.conf that the user or the machine's administrator wrote.</summary>
    public IReadOnlyList<string> Configurations { get; init; } = [];

    public bool Rootless { get; init; }

    public bool TunUsable { get; init; } = true;

    /// <summary>
    /// The files that have no range of subordinate ids for this account; empty also where a directory service provides the ranges.
    /// </summary>
    public IReadOnlyList<string> FilesWithoutRange { get; init; } = [];

    public Version? KernelVersion { get; init; }

    /// <summary>/etc/passwd.</summary>
    public string Accounts { get; init; } = "";

    public static async Task<HostFacts> GatherAsync(CancellationToken ct) => new()
    {
        PodmanVersion = await VersionAsync(ct),
        Mounts = await TextAsync("/proc/mounts", ct),
        Status = await TextAsync("/proc/self/status", ct),
        Init = (await TextAsync("/proc/1/comm", ct)).Trim(),
        Programs = Tools.Where(tool => Find(tool) is not null).ToHashSet(),
        Configurations = [.. ConfigurationPlaces().Where(place => File.Exists(place) || Directory.Exists(place))],
        Rootless = !Environment.IsPrivilegedProcess,
        TunUsable = CanOpen("/dev/net/tun"),
        FilesWithoutRange = await FilesWithoutRangeAsync(ct),
        KernelVersion = Environment.OSVersion.Version,
        Accounts = await TextAsync("/etc/passwd", ct),
    };

    /// <summary>The path of a program; null when it is not installed.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/sbin", "/sbin"]).Concat(HelperDirectories)
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> ConfigurationPlaces()
    {
        var home = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } set
            ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        return new[]
        {
            Environment.GetEnvironmentVariable("CONTAINERS_CONF"),
            Environment.GetEnvironmentVariable("CONTAINERS_CONF_OVERRIDE"),
            "/etc/containers/containers.conf", "/etc/containers/containers.conf.d",
            Path.Combine(home, "containers/containers.conf"), Path.Combine(home, "containers/containers.conf.d"),
        }.Where(place => !string.IsNullOrEmpty(place)).Select(place => place!);
    }

    private static async Task<IReadOnlyList<string>> FilesWithoutRangeAsync(CancellationToken ct)
    {
        if (Environment.IsPrivilegedProcess
            || (await TextAsync("/etc/nsswitch.conf", ct)).Split('\n').Any(line => line.StartsWith("subid:", StringComparison.Ordinal)))
        {
            return [];
        }

        var missing = new List<string>();
        foreach (var file in new[] { "/etc/subuid", "/etc/subgid" })
        {
            if (!HasRange(await TextAsync(file, ct), Environment.UserName, await TextAsync("/proc/self/status", ct)))
            {
                missing.Add(file);
            }
        }

        return missing;
    }

    /// <summary>
    /// Whether a file such as /etc/subuid gives the account a range: its lines begin with the name or the number of an account.
    /// </summary>
    internal static bool HasRange(string file, string user, string status)
    {
        var number = status.Split('\n').FirstOrDefault(
            line => line.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t').ElementAtOrDefault(1);
        return file.Split('\n').Select(line => line.Split(':')[0]).Any(owner => owner.Length > 0 && (owner == user || owner == number));
    }

    private static async Task<string> TextAsync(string path, CancellationToken ct) =>
        File.Exists(path) ? await File.ReadAllTextAsync(path, ct) : "";

    private static async Task<string?> VersionAsync(CancellationToken ct)
    {
        if (Find("podman") is not { } podman)
        {
            return null;
        }

        using var timed = new TimeLimit(VersionTimeout, ct);
        using var process = Process.Start(
            new ProcessStartInfo(podman, "--version") { RedirectStandardOutput = true, RedirectStandardError = true });
        return process is null ? null : (await process.StandardOutput.ReadToEndAsync(timed.Token)).Trim();
    }

    private static bool CanOpen(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
