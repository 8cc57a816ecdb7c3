using System.Diagnostics;

namespace Cortex.Testing;

/// <summary>
/// A Podman with a store of its own, which borrows the machine's images, and a service of its own, which may be killed. What removes or
/// breaks every cluster that it finds (<c>cortex down</c>, chaos) finds none of the other tests' and of the user's here.
/// </summary>
public sealed class OwnPodman : IAsyncDisposable
{
    private static readonly (string Kind, string[] Command)[] Kinds =
    [
        ("pod", ["pod", "ps"]),
        ("container", ["ps", "-a"]),
        ("volume", ["volume", "ls"]),
        ("secret", ["secret", "ls"]),
        ("network", ["network", "ls"]),
    ];

    private readonly string folder = Machine.NewDirectory();
    private readonly Dictionary<string, string?> environment = [];
    private Process? service;

    private OwnPodman()
    {
    }

    public string Socket => Path.Combine(folder, "podman.sock");

    /// <param name="configuration">The containers.conf that this machine needs; empty where Podman's defaults serve.</param>
    public static async Task<OwnPodman> StartAsync(string configuration)
    {
        var podman = new OwnPodman();
        await podman.WriteAsync("CONTAINERS_CONF", "containers.conf", configuration);
        var machine = (await podman.TextAsync("info", "--format", "{{.Store.GraphRoot}} {{.Store.GraphDriverName}}")).Split(' ');
        await podman.WriteAsync("CONTAINERS_STORAGE_CONF", "storage.conf", podman.Storage(images: machine[0], driver: machine[1]));
        await podman.WriteAsync("CONTAINERS_CONF", "containers.conf", podman.WithOwnPlaces(configuration));
        await podman.StartServiceAsync();
        return podman;
    }

    /// <summary>Moves this process and all that it starts from now on there.</summary>
    public void Enter()
    {
        foreach (var (name, value) in environment)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        Environment.SetEnvironmentVariable("CORTEX_PODMAN_SOCKET", Socket);
    }

    /// <summary>Waits until it listens.</summary>
    public async Task StartServiceAsync()
    {
        File.Delete(Socket);
        var log = Path.Combine(folder, "service.log");
        // With a log file instead of pipes: a killed service leaves children that hold them.
        var start = new ProcessStartInfo(
            "sh", ["-c", "exec podman system service --time=0 \"unix://$1\" >>\"$2\" 2>&1", "service", Socket, log]);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        service = Process.Start(start);
        await Eventually.HoldsAsync("Podman's service listens", () => File.Exists(Socket), () => File.ReadAllTextAsync(log));
    }

    public async Task KillServiceAsync()
    {
        service!.Kill();
        await service.WaitForExitAsync(CancellationToken.None);
        service.Dispose();
        service = null;
    }

    public Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync("podman", arguments, environment);

    /// <summary>Its output; fails the test when it fails.</summary>
    public async Task<string> TextAsync(params string[] arguments) => (await RunAsync(arguments)).Text();

    /// <summary>All that there is, as <c>kind name</c>.</summary>
    public async Task<IReadOnlyList<string>> EverythingAsync()
    {
        List<string> found = [];
        foreach (var (kind, command) in Kinds)
        {
            var names = await TextAsync([.. command, "--format", kind == "container" ? "{{.Names}}" : "{{.Name}}"]);
            found.AddRange(
                from name in names.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                where name != "podman"
                select $"{kind} {name}");
        }

        return [.. found.Order()];
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("pod", "rm", "-a", "-f", "-t", "0");
        await RunAsync("rm", "-a", "-f", "-t", "0");
        if (service is not null)
        {
            await KillServiceAsync();
        }

        await RunAsync("volume", "prune", "-f");
        await RunAsync("network", "prune", "-f");
        Directory.Delete(folder, recursive: true);
    }

    private async Task WriteAsync(string variable, string file, string text)
    {
        var path = Path.Combine(folder, file);
        await File.WriteAllTextAsync(path, text);
        environment[variable] = path;
    }

    private string Storage(string images, string driver) => $"""
        [storage]
        driver = "{driver}"
        graphroot = "{folder}/root"
        runroot = "{folder}/run"
        [storage.options]
        additionalimagestores = ["{images}"]
        """;

    /// <summary>What the machine needs, with Podman's own small files below our folder.</summary>
    private string WithOwnPlaces(string configuration)
    {
        var engine = $"[engine]\ntmp_dir = \"{folder}/tmp\"\n";
        var whole = configuration.Contains("[engine]\n", StringComparison.Ordinal)
            ? configuration.Replace("[engine]\n", engine, StringComparison.Ordinal)
            : $"{configuration}\n{engine}";
        return $"{whole}[network]\nnetwork_config_dir = \"{folder}/networks\"\n";
    }
}
