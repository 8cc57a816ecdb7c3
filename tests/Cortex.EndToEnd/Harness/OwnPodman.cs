using System.Diagnostics;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// A Podman with a store of its own, which borrows the machine's images: <c>cortex down</c> removes every cluster that it finds, and the other
/// stories' and the user's are not among them here.
/// </summary>
public sealed class OwnPodman : IAsyncDisposable
{
    private readonly string folder = Machine.NewDirectory();
    private readonly string[] place;
    private Process? service;

    private OwnPodman(string images) => place =
    [
        "--root", Path.Combine(folder, "root"), "--runroot", Path.Combine(folder, "run"), "--tmpdir", Path.Combine(folder, "tmp"),
        "--network-config-dir", Path.Combine(folder, "networks"), "--storage-opt", $"additionalimagestore={images}",
    ];

    public string Socket => Path.Combine(folder, "podman.sock");

    public static async Task<OwnPodman> StartAsync()
    {
        await Podman.NeedImageAsync(Machine.Image, "trixie");
        var podman = new OwnPodman(await Podman.TextAsync("info", "--format", "{{.Store.GraphRoot}}"));
        podman.service = Process.Start(Tool.Describe("podman", [.. podman.place, "system", "service", "--time=0", $"unix://{podman.Socket}"], Podman.Environment));
        await Eventually.HoldsAsync("the service listens", () => File.Exists(podman.Socket), () => Task.FromResult("no socket"));
        return podman;
    }

    public Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync("podman", [.. place, .. arguments], Podman.Environment);

    public async Task<string> TextAsync(params string[] arguments) => (await RunAsync(arguments)).Text();

    /// <summary>All that there is, as <c>kind name</c>.</summary>
    public async Task<IReadOnlyList<string>> EverythingAsync()
    {
        List<string> found = [];
        foreach (var (kind, command) in Kinds)
        {
            var names = (await TextAsync([.. command, "--format", kind == "container" ? "{{.Names}}" : "{{.Name}}"])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            found.AddRange(names.Where(name => name != "podman").Select(name => $"{kind} {name}"));
        }

        return [.. found.Order()];
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("pod", "rm", "-a", "-f", "-t", "0");
        await RunAsync("rm", "-a", "-f", "-t", "0");
        if (service is not null)
        {
            service.Kill();
            await service.WaitForExitAsync(CancellationToken.None);
            service.Dispose();
        }

        await RunAsync("volume", "prune", "-f");
        Directory.Delete(folder, recursive: true);
    }

    private static readonly (string Kind, string[] Command)[] Kinds =
    [
        ("pod", ["pod", "ps"]), ("container", ["ps", "-a"]), ("volume", ["volume", "ls"]), ("secret", ["secret", "ls"]), ("network", ["network", "ls"]),
    ];
}
