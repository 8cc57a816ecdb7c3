using System.Diagnostics;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Chaos.Place;

/// <summary>
/// A Podman with a store of its own, which borrows the machine's images, and a service of its own, which may be killed. This process and all that
/// it starts are moved there by the environment, so that nothing here can touch a pod that is not ours.
/// </summary>
internal sealed class OwnStore : IAsyncDisposable
{
    private readonly string folder = Machine.NewDirectory();
    private Process? service;

    private OwnStore()
    {
    }

    private string Socket => Path.Combine(folder, "podman.sock");

    public static async Task<OwnStore> EnterAsync()
    {
        var store = new OwnStore();
        var conf = new HostConditions(await HostFacts.GatherAsync(CancellationToken.None)).NeededConfiguration ?? "";
        Environment.SetEnvironmentVariable("CONTAINERS_CONF", await store.WriteAsync("containers.conf", conf));
        var images = await Tool.RunAsync("podman", ["info", "--format", "{{.Store.GraphRoot}}"]);
        Environment.SetEnvironmentVariable("CONTAINERS_STORAGE_CONF", await store.WriteAsync("storage.conf", store.Storage(images.Text())));
        await store.WriteAsync("containers.conf", store.WithOwnPlaces(conf));
        Environment.SetEnvironmentVariable("CORTEX_PODMAN_SOCKET", store.Socket);
        await store.StartServiceAsync();
        return store;
    }

    /// <summary>Waits until it listens.</summary>
    public async Task StartServiceAsync()
    {
        File.Delete(Socket);
        // With a log file instead of pipes: a killed service leaves children that hold them.
        service = Process.Start(new ProcessStartInfo("sh", ["-c", "exec podman system service --time=0 \"unix://$1\" >>\"$2\" 2>&1", "service", Socket, Path.Combine(folder, "service.log")]));
        await Eventually.HoldsAsync("Podman's service listens", () => File.Exists(Socket), () => Task.FromResult("no socket"));
    }

    public async Task KillServiceAsync()
    {
        service!.Kill();
        await service.WaitForExitAsync();
        service.Dispose();
        service = null;
    }

    public async ValueTask DisposeAsync()
    {
        await Podman.RunAsync("pod", "rm", "-a", "-f", "-t", "0");
        await Podman.RunAsync("rm", "-a", "-f", "-t", "0");
        if (service is not null)
        {
            await KillServiceAsync();
        }

        await Podman.RunAsync("volume", "prune", "-f");
        await Podman.RunAsync("network", "prune", "-f");
        Directory.Delete(folder, recursive: true);
    }

    private async Task<string> WriteAsync(string file, string text)
    {
        var path = Path.Combine(folder, file);
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    private string Storage(string images) => $"""
        [storage]
        driver = "overlay"
        graphroot = "{folder}/root"
        runroot = "{folder}/run"
        [storage.options]
        additionalimagestores = ["{images}"]
        """;

    /// <summary>What the machine needs, with Podman's own small files below our folder.</summary>
    private string WithOwnPlaces(string conf)
    {
        var engine = $"[engine]\ntmp_dir = \"{folder}/tmp\"\n";
        return (conf.Contains("[engine]\n", StringComparison.Ordinal) ? conf.Replace("[engine]\n", engine, StringComparison.Ordinal) : conf + "\n" + engine)
            + $"[network]\nnetwork_config_dir = \"{folder}/networks\"\n";
    }
}
