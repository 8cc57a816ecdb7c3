using System.Runtime.CompilerServices;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>Facts of several machines, and the findings for them.</summary>
public sealed class HostConditionsTests
{
    private const string UnifiedMounts = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0\n";

    private const string HybridMounts = """
        tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
        cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
        cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
        """;

    /// <summary>Debian 13 on a virtual machine of its own.</summary>
    private static readonly HostFacts Usual = new()
    {
        PodmanVersion = "podman version 5.4.2",
        Mounts = UnifiedMounts,
        Status = "Name:\tcortex\nCapEff:\t000001ffffffffff\n",
        Init = "systemd",
        Programs = new HashSet<string> { "podman", "crun", "netavark", "aardvark-dns", "nft", "conmon" },
    };

    /// <summary>A small virtual machine without systemd, with both cgroup versions, and root without CAP_SYS_RESOURCE.</summary>
    private static readonly HostFacts Small = Usual with
    {
        PodmanVersion = "podman version 4.3.1",
        Mounts = HybridMounts,
        Status = "Name:\tcortex\nCapEff:\t000001fffeffffff\n",
        Init = "process_api",
        Programs = new HashSet<string>(Usual.Programs) { "runc", "iptables" },
    };

    private static readonly HostFacts Rootless = Usual with
    {
        Rootless = true,
        Programs = new HashSet<string>(Usual.Programs) { "newuidmap", "pasta" },
    };

    [Fact]
    public void A_usual_machine_needs_nothing()
    {
        var conditions = new HostConditions(Usual);

        Assert.Empty(conditions.Findings());
        Assert.Null(conditions.NeededConfiguration);
    }

    [Fact]
    public void A_small_machine_gets_a_configuration_from_the_operator()
    {
        var conditions = new HostConditions(Small);

        Assert.All(conditions.Findings(), finding => Assert.Equal(Severity.Note, finding.Severity));
        Assert.Equal(3, conditions.Findings().Count);
        Assert.Equal(
            [
                "[containers]", "default_ulimits = [\"nofile=16384:16384\", \"nproc=32768:32768\"]",
                "[engine]", "cgroup_manager = \"cgroupfs\"", "events_logger = \"file\"", "runtime = \"runc\"",
            ],
            conditions.OwnConfiguration!.Trim().Split('\n')[1..]);
    }

    [Fact]
    public void A_configuration_of_the_users_is_left_alone_and_named()
    {
        var conditions = new HostConditions(Small with { Configurations = ["/etc/containers/containers.conf"] });

        Assert.Null(conditions.OwnConfiguration);
        Assert.All(conditions.Findings(), finding => Assert.Equal(Severity.Warning, finding.Severity));
        Assert.All(
            conditions.Findings(),
            finding => Assert.StartsWith("/etc/containers/containers.conf is yours", finding.Remedy, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, Severity.Error, "not installed")]
    [InlineData("podman version 3.4.4", Severity.Error, "3.4.4 is too old")]
    [InlineData("podman version 4.3.0", Severity.Error, "4.3.0 is too old")]
    [InlineData("command not found", Severity.Warning, "command not found")]
    public void An_unusable_Podman_is_named(string? version, Severity severity, string what)
    {
        var finding = Assert.Single(new HostConditions(Usual with { PodmanVersion = version }).Findings());

        Assert.Equal(severity, finding.Severity);
        Assert.Contains(what, finding.What, StringComparison.Ordinal);
    }

    [Theory, InlineData("podman version 4.3.1"), InlineData("podman version 4.9.3"), InlineData("podman version 6.0.0-dev")]
    public void A_Podman_from_4_3_1_on_is_supported(string version) =>
        Assert.Empty(new HostConditions(Usual with { PodmanVersion = version }).Findings());

    [Theory]
    [InlineData("netavark", "no network")]
    [InlineData("aardvark-dns", "by name")]
    [InlineData("nft", "cannot be published")]
    [InlineData("crun", "neither crun nor runc")]
    public void A_missing_program_is_an_error_with_its_consequence(string program, string consequence)
    {
        var facts = Usual with { Programs = Usual.Programs.Where(name => name != program).ToHashSet() };

        var finding = Assert.Single(new HostConditions(facts).Findings());

        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Contains(consequence, finding.What, StringComparison.Ordinal);
        Assert.Contains("apt-get install", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Hybrid_cgroups_without_runc_are_an_error()
    {
        var finding = Assert.Single(new HostConditions(Usual with { Mounts = HybridMounts }).Findings());

        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Contains("crun refuses", finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Rootless_needs_a_network_of_its_own_and_a_usable_tun_device_and_has_no_need_of_limits()
    {
        var facts = Small with { Rootless = true, TunUsable = false, Status = "CapEff:\t0000000000000000\n" };

        var findings = new HostConditions(facts).Findings();

        Assert.Equal(3, findings.Count(finding => finding.Severity == Severity.Error));
        Assert.DoesNotContain("ulimits", new HostConditions(facts).NeededConfiguration!, StringComparison.Ordinal);
    }

    [Fact]
    public void Rootless_needs_ranges_of_accounts_and_says_which_file_lacks_one()
    {
        var findings = new HostConditions(Rootless with { FilesWithoutRange = ["/etc/subgid"] }).Findings();

        Assert.Equal("/etc/subgid has no line for this account: rootless containers get one user only", Assert.Single(findings).What);
    }

    [Theory]
    [InlineData("root:x:0:0::/root:/bin/sh\ndnsmasq:x:999:65534::/:/usr/sbin/nologin\n", "dnsmasq")]
    [InlineData("www:x:70:70::/:/bin/sh\n", "www")]
    [InlineData("root:x:0:0::/root:/bin/sh\nother:x:9990:999::/:/bin/sh\n", null)]
    [InlineData("a line of another format\n", null)]
    public void An_account_that_the_kernel_takes_for_PostgreSQLs_is_named(string accounts, string? name)
    {
        var findings = new HostConditions(Usual with { Accounts = accounts }).Findings();

        Assert.Equal(name is null ? [] : [Severity.Warning], findings.Select(finding => finding.Severity));
        Assert.All(
            findings, one => Assert.StartsWith($"the account {name} of this machine has the number ", one.What, StringComparison.Ordinal));
    }

    /// <summary>The containers of an ordinary user have ranges of accounts of their own.</summary>
    [Fact]
    public void Rootless_no_account_of_the_machine_is_PostgreSQLs() =>
        Assert.Empty(new HostConditions(Rootless with { Accounts = "dnsmasq:x:999:65534::/:/usr/sbin/nologin\n" }).Findings());

    [Theory]
    [InlineData("alice:100000:65536\n", true)]
    [InlineData("bob:1:2\n1000:165536:65536\n", true)]
    [InlineData("alices:100000:65536\n10000:1:2\n", false)]
    [InlineData("", false)]
    public void A_range_belongs_to_a_name_or_to_a_number(string file, bool hasRange) =>
        Assert.Equal(hasRange, HostFacts.HasRange(file, "alice", "Name:\tcortex\nUid:\t1000\t1000\t1000\t1000\n"));

    /// <summary>Podman 5 needs pasta, older versions slirp4netns; with only the other program, pods have no network.</summary>
    [Theory]
    [InlineData("podman version 5.4.2", "slirp4netns", "pasta is not installed")]
    [InlineData("podman version 4.3.1", "pasta", "slirp4netns is not installed")]
    public void The_program_of_a_rootless_network_is_the_one_that_this_Podman_looks_for(string podman, string installed, string said)
    {
        var machine = Rootless with { PodmanVersion = podman, Programs = new HashSet<string>(Usual.Programs) { "newuidmap", installed } };

        Assert.Contains(said, Assert.Single(new HostConditions(machine).Findings()).What, StringComparison.Ordinal);
        Assert.Empty(new HostConditions(machine with { Configurations = ["/etc/containers/containers.conf"] }).Findings());
    }

    /// <summary>The launcher checks before the program is built, with its own list: <c>scripts/packages.sh</c>.</summary>
    [Fact]
    public async Task Every_package_that_is_asked_for_is_one_that_the_launcher_installs()
    {
        var launcher = await File.ReadAllTextAsync(Path.Combine(Checkout(), "scripts/packages.sh"), TestContext.Current.CancellationToken);
        var nothing = new HostFacts { Mounts = HybridMounts, Rootless = true, Init = "systemd", TunUsable = false };
        var onlyPodman = nothing with { PodmanVersion = "podman version 5.4.2" };

        var packages = new[] { nothing, onlyPodman }.SelectMany(machine => new HostConditions(machine).Findings())
            .Select(finding => finding.Remedy.Split("apt-get install "))
            .Where(parts => parts.Length == 2)
            .SelectMany(parts => parts[1].Split(' ')).ToList();

        Assert.Superset(
            new HashSet<string> { "podman", "netavark", "aardvark-dns", "runc", "iptables", "slirp4netns", "passt", "uidmap" },
            packages.ToHashSet());
        Assert.All(packages, package => Assert.Matches($@"[ (][a-z0-9-]+:{package}\b", launcher));
    }

    private static string Checkout([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    [Fact]
    public async Task This_machine_can_be_described()
    {
        var facts = await HostFacts.GatherAsync(TestContext.Current.CancellationToken);

        Assert.Contains("CapEff", facts.Status, StringComparison.Ordinal);
        Assert.Equal(HostFacts.Find("podman") is not null, facts.Programs.Contains("podman"));
    }
}
