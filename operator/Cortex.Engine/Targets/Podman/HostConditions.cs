using System.Globalization;
using System.Text.RegularExpressions;

namespace Cortex.Engine.Targets.Podman;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>Worth knowing; the operator handles it.</summary>
    Note,

    /// <summary>Some function will not work correctly.</summary>
    Warning,

    /// <summary>No cluster can run.</summary>
    Error,
}

/// <summary>A problem of this machine for Podman: what is wrong, and what to do.</summary>
public sealed record Finding(Severity Severity, string What, string Remedy);

/// <summary>
/// The conditions for Podman on this machine, and the containers.conf that adapts Podman to them. Pure: a function of <see
/// cref="HostFacts"/>.
/// </summary>
public sealed partial class HostConditions(HostFacts facts)
{
    /// <summary>Debian 12 ships it.</summary>
    public static readonly Version OldestPodman = new(4, 3, 1);

    private const int SysResource = 24;

    /// <summary>The number of the account <c>postgres</c> in Debian's image and ours, and in Alpine's.</summary>
    private static readonly string[] PostgresNumbers = ["999", "70"];

    /// <summary>crun refuses cgroup v1 and v2 side by side; runc does not.</summary>
    private bool NeedsRunc => !Unified && facts.Programs.Contains("runc");

    /// <summary>
    /// Podman's default limits are above those of this process, and only a process with CAP_SYS_RESOURCE may raise limits.
    /// </summary>
    private bool NeedsLowLimits => !facts.Rootless && !HasCapability(SysResource);

    private bool NeedsNoSystemd => facts.Init != "systemd";

    private bool Unified => facts.Mounts.Contains("cgroup2 /sys/fs/cgroup cgroup2", StringComparison.Ordinal) || facts.Mounts.Length == 0;

    /// <summary>The containers.conf that Podman needs here; null when its defaults work.</summary>
    public string? NeededConfiguration
    {
        get
        {
            string[] containers = NeedsLowLimits ? ["""default_ulimits = ["nofile=16384:16384", "nproc=32768:32768"]"""] : [];
            string[] engine =
            [
                .. NeedsNoSystemd ? (string[])["cgroup_manager = \"cgroupfs\"", "events_logger = \"file\""] : [],
                .. NeedsRunc ? (string[])["runtime = \"runc\""] : [],
            ];
            return containers.Length + engine.Length == 0
                ? null
                : string.Join(
                    '\n',
                    [
                        "# Written by cortex for the Podman service that it starts; nothing else reads it.",
                        "[containers]",
                        .. containers,
                        "[engine]",
                        .. engine,
                        "",
                    ]);
        }
    }

    /// <summary>The configuration for the operator's own Podman service; null where the user has one, which is not changed.</summary>
    public string? OwnConfiguration => facts.Configurations.Count == 0 ? NeededConfiguration : null;

    public IReadOnlyList<Finding> Findings() =>
        [.. Podman(), .. Runtime(), .. Limits(), .. Systemd(), .. Network(), .. RootlessNeeds(), .. SharedAccounts()];

    private IEnumerable<Finding> Podman()
    {
        if (facts.PodmanVersion is null)
        {
            yield return new(Severity.Error, "podman is not installed", "install it: apt-get install podman netavark aardvark-dns");
        }
        else if (VersionIn(facts.PodmanVersion) is not { } version)
        {
            yield return new(
                Severity.Warning, $"podman --version printed '{facts.PodmanVersion}'", $"make sure that it is {OldestPodman} or newer");
        }
        else if (version < OldestPodman)
        {
            yield return new(Severity.Error, $"podman {version} is too old", $"install {OldestPodman} or newer");
        }
    }

    private IEnumerable<Finding> Runtime()
    {
        if (!facts.Programs.Overlaps(["crun", "runc"]))
        {
            yield return new(Severity.Error, "neither crun nor runc is installed", "install one: apt-get install runc");
        }
        else if (!Unified && !facts.Programs.Contains("runc"))
        {
            yield return new(
                Severity.Error,
                "cgroups are in hybrid or legacy mode, which crun refuses",
                "install runc, or boot with systemd.unified_cgroup_hierarchy=1");
        }
        else if (NeedsRunc)
        {
            yield return Handled("cgroups are in hybrid or legacy mode, which crun refuses", "runtime = \"runc\"", "[engine]");
        }
    }

    private IEnumerable<Finding> Limits()
    {
        if (NeedsLowLimits)
        {
            yield return Handled(
                "there is no CAP_SYS_RESOURCE, so Podman's default limits cannot be set",
                "default_ulimits = [\"nofile=16384:16384\", \"nproc=32768:32768\"]",
                "[containers]");
        }
    }

    private IEnumerable<Finding> Systemd()
    {
        if (NeedsNoSystemd)
        {
            yield return Handled(
                $"process 1 is '{facts.Init}', not systemd", "cgroup_manager = \"cgroupfs\" and events_logger = \"file\"", "[engine]");
        }
    }

    private IEnumerable<Finding> Network()
    {
        if (!facts.Programs.Contains("netavark"))
        {
            yield return new(Severity.Error, "netavark is not installed: pods get no network", "install it: apt-get install netavark");
        }

        if (!facts.Programs.Contains("aardvark-dns"))
        {
            yield return new(
                Severity.Error,
                "aardvark-dns is not installed: instances cannot find each other by name",
                "install it: apt-get install aardvark-dns");
        }

        if (!facts.Programs.Overlaps(["iptables", "nft"]))
        {
            yield return new(
                Severity.Error,
                "neither iptables nor nftables is installed: ports cannot be published",
                "install one: apt-get install iptables");
        }
    }

    private IEnumerable<Finding> RootlessNeeds()
    {
        if (!facts.Rootless)
        {
            yield break;
        }

        // A containers.conf of the user may select either of them; it is not read.
        var (network, package) = VersionIn(facts.PodmanVersion ?? "") is { Major: >= 5 }
            ? ("pasta", "passt")
            : ("slirp4netns", "slirp4netns");
        if (!facts.Programs.Contains(network) && !(facts.Configurations.Count > 0 && facts.Programs.Overlaps(["pasta", "slirp4netns"])))
        {
            yield return new(
                Severity.Error, $"{network} is not installed: rootless pods get no network", $"install it: apt-get install {package}");
        }

        if (!facts.TunUsable)
        {
            yield return new(Severity.Error, "/dev/net/tun cannot be opened by this user", "as root: chmod 0666 /dev/net/tun");
        }

        if (!facts.Programs.Contains("newuidmap"))
        {
            yield return new(
                Severity.Error, "newuidmap is not installed: rootless containers get one user only", "install it: apt-get install uidmap");
        }

        foreach (var file in facts.FilesWithoutRange)
        {
            yield return new(
                Severity.Error,
                $"{file} has no line for this account: rootless containers get one user only",
                $"as root: echo ACCOUNT:100000:65536 >>{file}, with numbers that no other line has");
        }
    }

    /// <summary>
    /// Containers of root use the account numbers of the machine. An account with the number of PostgreSQL's account in the image can reach
    /// the container's files through <c>/proc/PID/root</c>, finds the socket, and can log in, because for the kernel it is that account
    /// (https://man7.org/linux/man-pages/man5/proc_pid_root.5.html).
    /// </summary>
    private IEnumerable<Finding> SharedAccounts() =>
        from line in facts.Rootless ? [] : facts.Accounts.Split('\n')
        let fields = line.Split(':')
        where fields.Length > 2 && PostgresNumbers.Contains(fields[2])
        select new Finding(
            Severity.Warning,
            $"the account {fields[0]} of this machine has the number {fields[2]}, which is PostgreSQL's in its images: what runs as "
                + $"{fields[0]} can read the database's files and keys, and be its superuser",
            $"let an account without rights run the databases (./cortex up as that account), or give {fields[0]} another number (usermod "
                + $"-u), or make sure that no other account can become {fields[0]}");

    /// <summary>
    /// A condition that the operator's own configuration handles, unless the user has a configuration, which is not changed.
    /// </summary>
    private Finding Handled(string what, string setting, string section) => OwnConfiguration is not null
        ? new(Severity.Note, what, $"nothing to do: the Podman service that cortex starts has {setting}")
        : new(
            Severity.Warning,
            what,
            $"{facts.Configurations[0]} is yours, so cortex does not touch it: make sure that it has {setting} in {section}");

    private bool HasCapability(int capability) =>
        EffectiveCapabilities().Match(facts.Status) is not { Success: true } match
        || (ulong.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> capability & 1) == 1;

    private static Version? VersionIn(string text) =>
        FirstVersion().Match(text) is { Success: true } match && Version.TryParse(match.Value, out var version) ? version : null;

    [GeneratedRegex(@"^CapEff:\s*([0-9a-fA-F]+)", RegexOptions.Multiline)]
    private static partial Regex EffectiveCapabilities();

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex FirstVersion();
}
