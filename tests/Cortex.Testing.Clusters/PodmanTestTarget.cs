using System.Globalization;
using Cortex.Core.Naming;

namespace Cortex.Testing.Clusters;

/// <summary>
/// This machine's Podman, with the operator's embedded API. All operators share it; each cluster has its own names and ports.
/// </summary>
internal sealed class PodmanTestTarget : TestTarget
{
    private const int MaxInstances = 9;

    private readonly Lazy<Task> image = new(() => Podman.EnsureImageAsync(Machine.Image, "trixie"));

    public override string Namespace => "default";

    public override IReadOnlyList<string> OperatorArguments => [];

    public override TimeSpan RoutingDelay => TimeSpan.Zero;

    public override async Task<TestTarget> AllocateAsync()
    {
        await image.Value;
        return this;
    }

    public override Task ReleaseAsync() => Task.CompletedTask;

    public override Task LoadImageAsync(string image) => Task.CompletedTask;

    public override IReadOnlyList<string> SpecLines(int basePort) =>
        ["podman:", string.Create(CultureInfo.InvariantCulture, $"  basePort: {basePort}")];

    public override Task<IReadOnlyDictionary<string, ServerAddress>> AddressesAsync(string cluster, int basePort) =>
        Task.FromResult<IReadOnlyDictionary<string, ServerAddress>>(Names.Instances(cluster, MaxInstances).Index()
            .ToDictionary(
                instance => instance.Item, instance => new ServerAddress("127.0.0.1", "127.0.0.1", basePort + instance.Index)));

    public override bool CrashedServerStaysDown => true;

    public override Task CrashAsync(string instance) => Podman.TextAsync("kill", $"{instance}-postgres");

    public override async Task FreezeAsync(string instance)
    {
        Podman.SkipUnlessPauseWorks();
        await Podman.TextAsync("pause", $"{instance}-postgres");
    }

    public override Task ThawAsync(string instance) => Podman.TextAsync("unpause", $"{instance}-postgres");

    /// <summary>Each Podman of a machine has one aardvark-dns, with a file for each of its networks.</summary>
    public override async Task SignalNameServerAsync(string cluster, string signal)
    {
        var servers = (await Tool.RunAsync("pgrep", ["-x", "aardvark-dns"])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var server = Assert.Single(servers, process => NetworksOf(process).Contains(Names.Network(cluster)));
        (await Tool.RunAsync("kill", ["-s", signal, server])).Text();
    }

    /// <summary>Nothing of a server that has ended meanwhile: that of another Podman may, at any moment.</summary>
    private static List<string> NetworksOf(string server)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{server}/cmdline").Split('\0').ToList();
            var folder = $"/proc/{server}/root{words[words.IndexOf("--config") + 1]}";
            return [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path).Split('%')[0])];
        }
        catch (IOException)
        {
            return [];
        }
    }

    public override Task<string> ImageOfAsync(string instance) =>
        Podman.TextAsync("inspect", "--format", "{{.ImageName}}", $"{instance}-postgres");

    public override async Task<string> PodIdAsync(string instance) =>
        (await Podman.RunAsync("pod", "inspect", "--format", "{{.ID}}", instance)).Output.Trim();

    public override Task RemovePodAsync(string instance) => Podman.TextAsync("pod", "rm", "-f", "-t", "0", instance);

    public override Task<ToolResult> ExecAsync(string instance, params string[] command) => Podman.ExecAsync(instance, command);

    public override Task<IReadOnlyDictionary<string, string>> SecretsAsync(string cluster) => Podman.SecretsAsync(cluster);

    /// <summary>As a user of Podman 4.3 does, which replaces no secret.</summary>
    public override async Task StoreUserSecretAsync(string name, IReadOnlyList<(string Entry, string Value)> entries)
    {
        var content = entries is [var only] ? only.Value : string.Concat(entries.Select(entry => $"{entry.Entry}: {entry.Value}\n"));
        var file = Path.Combine(Machine.NewDirectory(), "secret");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        await Podman.RunAsync("secret", "rm", name);
        await Podman.TextAsync("secret", "create", name, file);
        File.Delete(file);
    }

    public override string MakeSecretCommand(string name, params string[] entries) => $"podman secret create {name} FILE";

    public override async Task<string> ShownAsync(string cluster)
    {
        var shown = new List<string>();
        foreach (var pod in await NamesAsync("pod", cluster))
        {
            shown.Add(await Podman.TextAsync("inspect", $"{pod}-postgres"));
            shown.Add((await Podman.RunAsync("logs", $"{pod}-postgres")).Said);
        }

        return string.Join('\n', shown);
    }

    public override Task RemoveSecretAsync(string name) => Podman.TextAsync("secret", "rm", name);

    public override Task<IReadOnlyList<string>> NamesAsync(string kind, string cluster) => PodmanObjects.NamesAsync(kind, cluster);

    public override Task<IReadOnlyList<string>> RemainingObjectsAsync(string cluster) => PodmanObjects.RemainingObjectsAsync(cluster);

    public override Task RemoveAllAsync(string cluster) => PodmanObjects.RemoveAllAsync(cluster);

    public override async Task<string> DescribeAsync(string cluster) =>
        (await Podman.RunAsync("ps", "-a", "--filter", $"name={cluster}")).Said;
}
