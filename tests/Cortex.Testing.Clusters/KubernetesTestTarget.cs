using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Cortex.Testing.Clusters;

/// <summary>A real Kubernetes cluster whose service addresses this machine can reach. The operator runs outside of it.</summary>
public sealed class KubernetesTestTarget : TestTarget
{
    private const int Port = 5432;

    /// <summary>The kinds of a cluster's objects.</summary>
    private const string Kinds = "pod,persistentvolumeclaim,secret,configmap,service,networkpolicy,poddisruptionbudget";

    private static readonly Lazy<Task> Definition = new(DefineAsync);

    private readonly Kubectl kubectl;
    private readonly string file;

    private KubernetesTestTarget(string file, string space)
    {
        (this.file, Namespace) = (file, space);
        kubectl = new Kubectl(file, Machine.NewDirectory());
    }

    /// <summary>The kubeconfig of the Kubernetes cluster; null without a Kubernetes cluster.</summary>
    public static string? Kubeconfig { get; } = Environment.GetEnvironmentVariable("CORTEX_TEST_KUBECONFIG") is { Length: > 0 } file
        ? file
        : null;

    public static KubernetesTestTarget? FromEnvironment() => Kubeconfig is { } file ? new(file, "default") : null;

    public override string Namespace { get; }

    public override IReadOnlyList<string> OperatorArguments => ["--target", "kubernetes", "--kubeconfig", file, "--namespace", Namespace];

    /// <summary>A kubelet may need a minute for a pod whose container has already ended.</summary>
    /// <summary>
    /// The control plane updates the endpoints of a service, and kube-proxy then changes the routes, both with a delay
    /// (https://kubernetes.io/docs/reference/networking/virtual-ips/).
    /// </summary>
    public override TimeSpan RoutingDelay => Eventually.HangTimeout;

    /// <summary>Creates a namespace, and a kubeconfig for it.</summary>
    public override async Task<TestTarget> AllocateAsync()
    {
        await Definition.Value;
        var space = $"e2e-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";
        var own = Path.Combine(Machine.NewDirectory(), "kubeconfig");
        File.Copy(file, own);
        await kubectl.TextAsync("create", "namespace", space);
        await kubectl.TextAsync("config", "set-context", "--current", $"--namespace={space}", $"--kubeconfig={own}");
        return new KubernetesTestTarget(own, space);
    }

    public override async Task ReleaseAsync()
    {
        await kubectl.RunAsync("delete", "namespace", Namespace, "--wait=false");
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    public override async Task LoadImageAsync(string image)
    {
        Assert.SkipUnless(
            NodeScript is not null, $"images cannot be loaded into this Kubernetes cluster ({image}): CORTEX_TEST_NODE names no script");
        (await Tool.RunAsync(NodeScript, ["load", image])).Text();
    }

    /// <summary>Tests connect from this machine, not from a pod.</summary>
    public override IReadOnlyList<string> SpecLines(int basePort) =>
        ["image: localhost/anvil-alloydb-core:latest", "kubernetes: {allowFrom: [{cidr: 0.0.0.0/0}]}", "storage: {size: 1Gi}"];

    public override async Task<IReadOnlyDictionary<string, ServerAddress>> AddressesAsync(string cluster, int basePort)
    {
        var services = JsonNode.Parse(await kubectl.TextAsync("get", "services", "-o", "json"))!["items"]!.AsArray();
        var found = services.Select(
            service => (Name: (string)service!["metadata"]!["name"]!, Address: (string)service["spec"]!["clusterIP"]!))
            .Where(service => service.Name.StartsWith($"{cluster}-", StringComparison.Ordinal))
            .ToDictionary(service => service.Name, service => new ServerAddress(service.Name, service.Address, Port));
        found[""] = found[$"{cluster}-rw"];
        return found;
    }

    public override bool CrashedServerStaysDown => false;

    public override Task CrashAsync(string instance) => KillServerAsync(instance);

    public override Task FreezeAsync(string instance) => HangAsync(instance);

    public override async Task ThawAsync(string instance) => (await ExecAsync(instance, "sh", "-c", "kill -s CONT -- -1")).Text();

    public override async Task SignalNameServerAsync(string cluster, string signal)
    {
        Assert.SkipUnless(
            NodeScript is not null, "the name server of this Kubernetes cluster cannot be stopped: CORTEX_TEST_NODE names no script");
        (await Tool.RunAsync(NodeScript, ["shell", "pkill", $"-{signal}", "-x", "dnsmasq"])).Text();
    }

    public override Task<string> ImageOfAsync(string instance) =>
        kubectl.TextAsync("get", "pod", instance, "-o", "jsonpath={.spec.containers[?(@.name==\"postgres\")].image}");

    public override async Task<string> PodIdAsync(string instance) =>
        (await kubectl.RunAsync("get", "pod", instance, "--ignore-not-found", "-o", "jsonpath={.metadata.uid}")).Output;

    public override Task RemovePodAsync(string instance) => kubectl.TextAsync("delete", "pod", instance, "--wait=false");

    public override Task<ToolResult> ExecAsync(string instance, params string[] command) =>
        kubectl.RunAsync(["exec", instance, "-c", "postgres", "--", .. command]);

    public override async Task<IReadOnlyDictionary<string, string>> SecretsAsync(string cluster)
    {
        var secrets = JsonNode.Parse(await kubectl.TextAsync("get", "secrets", "-o", "json"))!["items"]!.AsArray();
        return secrets.Where(secret => ((string)secret!["metadata"]!["name"]!).StartsWith($"{cluster}-", StringComparison.Ordinal))
            .ToDictionary(
                secret => (string)secret!["metadata"]!["name"]!,
                secret => Encoding.UTF8.GetString(Convert.FromBase64String((string)secret!["data"]!.AsObject().Single().Value!)));
    }

    public override async Task StoreUserSecretAsync(string name, IReadOnlyList<(string Entry, string Value)> entries)
    {
        var folder = Machine.NewDirectory();
        List<string> files = [];
        foreach (var (entry, value) in entries)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, entry), value, TestContext.Current.CancellationToken);
            files.Add($"--from-file={entry}={Path.Combine(folder, entry)}");
        }

        string[] make = ["create", "secret", "generic", name, .. files, "--dry-run=client", "-o", "yaml"];
        (await kubectl.ApplyAsync(await kubectl.TextAsync(make))).Text();
        Directory.Delete(folder, recursive: true);
    }

    public override string MakeSecretCommand(string name, params string[] entries) =>
        $"kubectl create secret generic {name} -n {Namespace} {string.Join(' ', entries.Select(entry => $"--from-file={entry}=FILE"))}";

    public override async Task<string> ShownAsync(string cluster)
    {
        List<string> shown = [await kubectl.TextAsync("get", "pods,configmaps", "-o", "yaml")];
        foreach (var pod in await NamesAsync("pod", cluster))
        {
            shown.Add((await kubectl.RunAsync("logs", pod)).Said);
        }

        return string.Join('\n', shown);
    }

    /// <summary>The address by which pods reach this machine: the one from which it reaches their node.</summary>
    public async Task<IPAddress> MachineAddressAsync()
    {
        const string addresses = "jsonpath={.items[0].status.addresses[?(@.type==\"InternalIP\")].address}";
        var node = await kubectl.TextAsync("get", "nodes", "-o", addresses);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(IPAddress.Parse(node.Split(' ')[0].Trim()), Port, TestContext.Current.CancellationToken);
        return ((IPEndPoint)socket.LocalEndPoint!).Address;
    }

    public override Task RemoveSecretAsync(string name) => kubectl.TextAsync("delete", "secret", name);

    public override async Task<IReadOnlyList<string>> NamesAsync(string kind, string cluster) =>
        [.. (await ObjectsAsync(kind == "volume" ? "persistentvolumeclaim" : kind, cluster)).Select(item => item.Name)];

    public override async Task<IReadOnlyList<string>> RemainingObjectsAsync(string cluster) =>
        [
            .. (await ObjectsAsync(Kinds, cluster)).Select(
                item => $"{(item.Kind == "persistentvolumeclaim" ? "volume" : item.Kind)} {item.Name}"),
        ];

    public override async Task RemoveAllAsync(string cluster)
    {
        var left = (await ObjectsAsync(Kinds, cluster)).Select(item => $"{item.Kind}/{item.Name}").ToArray();
        if (left is not [])
        {
            await kubectl.RunAsync(["delete", .. left, "--ignore-not-found", "--grace-period=1", "--timeout=60s"]);
        }
    }

    public override async Task<string> DescribeAsync(string cluster)
    {
        var pods = (await kubectl.RunAsync("get", "pods,pvc,services", "-o", "wide")).Said;
        var events = (await kubectl.RunAsync("get", "events", "--sort-by=.lastTimestamp")).Said.Split('\n').TakeLast(25);
        return $"{pods}\n{string.Join('\n', events)}";
    }

    /// <summary>
    /// kubectl validates against the schema of definitions in the cluster. Before 1.25, that schema has no rules
    /// (x-kubernetes-validations).
    /// </summary>
    private static async Task DefineAsync() => (await new Kubectl(Kubeconfig!, Machine.NewDirectory())
        .RunAsync("apply", "--validate=false", "-k", Repository.Path("crds"))).Text();

    /// <summary>The objects with the cluster's name. kubectl prints them as <c>kind.group/name</c>, one on each line.</summary>
    private async Task<IReadOnlyList<(string Kind, string Name)>> ObjectsAsync(string kinds, string cluster) =>
        [.. from line in (await kubectl.TextAsync("get", kinds, "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            let parts = line.Split('/')
            where parts[1] == cluster || parts[1].StartsWith($"{cluster}-", StringComparison.Ordinal)
            select (parts[0].Split('.')[0], parts[1])];
}
