using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Cortex.Testing.Clusters;

/// <summary>A real Kubernetes cluster whose service addresses can be reached from here, with the operator outside of it.</summary>
public sealed class KubernetesPlace : Place
{
    private const int Port = 5432;

    /// <summary>What a cluster has; its own kinds and the operator's.</summary>
    private const string Kinds = "pod,persistentvolumeclaim,secret,configmap,service,networkpolicy,poddisruptionbudget";

    private static readonly Lazy<Task> Definition = new(DefineAsync);

    private readonly Kubectl kubectl;
    private readonly string file;

    private KubernetesPlace(string file, string space)
    {
        (this.file, Namespace) = (file, space);
        kubectl = new Kubectl(file, Machine.NewDirectory());
    }

    /// <summary>Of the cluster, where there is one.</summary>
    public static string? Kubeconfig { get; } = Environment.GetEnvironmentVariable("CORTEX_TEST_KUBECONFIG") is { Length: > 0 } file ? file : null;

    public static KubernetesPlace? FromEnvironment() => Kubeconfig is { } file ? new(file, "default") : null;

    public override string Namespace { get; }

    public override IReadOnlyList<string> OperatorArguments => ["--target", "kubernetes", "--kubeconfig", file, "--namespace", Namespace];

    /// <summary>A kubelet may take a minute over a pod whose container is away already.</summary>
    public override TimeSpan Deletion => TimeSpan.FromSeconds(150);

    /// <summary>The control plane finds the endpoints of a service, and kube-proxy leads there, each when it comes to it (https://kubernetes.io/docs/reference/networking/virtual-ips/).</summary>
    public override TimeSpan WaysFollow => Eventually.Limit;

    /// <summary>A namespace, and a kubeconfig that leads there.</summary>
    public override async Task<Place> PartAsync()
    {
        await Definition.Value;
        var space = $"e2e-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";
        var own = Path.Combine(Machine.NewDirectory(), "kubeconfig");
        File.Copy(file, own);
        await kubectl.TextAsync("create", "namespace", space);
        await kubectl.TextAsync("config", "set-context", "--current", $"--namespace={space}", $"--kubeconfig={own}");
        return new KubernetesPlace(own, space);
    }

    public override async Task LeaveAsync()
    {
        await kubectl.RunAsync("delete", "namespace", Namespace, "--wait=false");
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    public override async Task ReceiveImageAsync(string image)
    {
        Assert.SkipUnless(Node is not null, $"this cluster takes no images from here ({image}): CORTEX_TEST_NODE names no script");
        (await Tool.RunAsync(Node, ["load", image])).Text();
    }

    /// <summary>Stories come from this machine, which is no pod.</summary>
    public override IReadOnlyList<string> SpecLines(int basePort) =>
        ["image: localhost/anvil-alloydb-core:latest", "kubernetes: {allowFrom: [{cidr: 0.0.0.0/0}]}", "storage: {size: 1Gi}"];

    public override async Task<IReadOnlyDictionary<string, ServerAddress>> AddressesAsync(Cluster cluster)
    {
        var services = JsonNode.Parse(await kubectl.TextAsync("get", "services", "-o", "json"))!["items"]!.AsArray();
        var found = services.Select(one => (Name: (string)one!["metadata"]!["name"]!, Address: (string)one["spec"]!["clusterIP"]!))
            .Where(one => one.Name.StartsWith($"{cluster.Name}-", StringComparison.Ordinal))
            .ToDictionary(one => one.Name, one => new ServerAddress(one.Name, one.Address, Port));
        found[""] = found[$"{cluster.Name}-rw"];
        return found;
    }

    public override bool StaysDown => false;

    public override Task CrashAsync(string instance) => KillServerAsync(instance);

    public override Task FreezeAsync(string instance) => HangAsync(instance);

    public override async Task ThawAsync(string instance) => (await ExecAsync(instance, "sh", "-c", "kill -s CONT -- -1")).Text();

    public override async Task SignalNameServerAsync(string cluster, string signal)
    {
        Assert.SkipUnless(Node is not null, "the name server of this cluster cannot be stopped from here: CORTEX_TEST_NODE names no script");
        (await Tool.RunAsync(Node, ["shell", "pkill", $"-{signal}", "-x", "dnsmasq"])).Text();
    }

    public override Task<string> ImageOfAsync(string instance) =>
        kubectl.TextAsync("get", "pod", instance, "-o", "jsonpath={.spec.containers[?(@.name==\"postgres\")].image}");

    public override async Task<string> PodIdAsync(string instance) =>
        (await kubectl.RunAsync("get", "pod", instance, "--ignore-not-found", "-o", "jsonpath={.metadata.uid}")).Output;

    public override Task RemovePodAsync(string instance) => kubectl.TextAsync("delete", "pod", instance, "--wait=false");

    public override Task<ToolResult> ExecAsync(string instance, params string[] command) => kubectl.RunAsync(["exec", instance, "-c", "postgres", "--", .. command]);

    public override async Task<IReadOnlyDictionary<string, string>> SecretsAsync(string cluster)
    {
        var secrets = JsonNode.Parse(await kubectl.TextAsync("get", "secrets", "-o", "json"))!["items"]!.AsArray();
        return secrets.Where(one => ((string)one!["metadata"]!["name"]!).StartsWith($"{cluster}-", StringComparison.Ordinal))
            .ToDictionary(one => (string)one!["metadata"]!["name"]!, one => Encoding.UTF8.GetString(Convert.FromBase64String((string)one!["data"]!.AsObject().Single().Value!)));
    }

    public override Task RemoveSecretAsync(string name) => kubectl.TextAsync("delete", "secret", name);

    public override async Task<IReadOnlyList<string>> NamesAsync(string kind, string cluster) =>
        [.. (await ObjectsAsync(kind == "volume" ? "persistentvolumeclaim" : kind, cluster)).Select(one => one.Name)];

    public override async Task<IReadOnlyList<string>> LeftOfAsync(string cluster) =>
        [.. (await ObjectsAsync(Kinds, cluster)).Select(one => $"{(one.Kind == "persistentvolumeclaim" ? "volume" : one.Kind)} {one.Name}")];

    public override async Task RemoveAllAsync(string cluster)
    {
        var left = (await ObjectsAsync(Kinds, cluster)).Select(one => $"{one.Kind}/{one.Name}").ToArray();
        if (left is not [])
        {
            await kubectl.RunAsync(["delete", .. left, "--ignore-not-found", "--grace-period=1", "--timeout=60s"]);
        }
    }

    public override async Task<string> TellAsync(string cluster)
    {
        var pods = (await kubectl.RunAsync("get", "pods,pvc,services", "-o", "wide")).Said;
        var events = (await kubectl.RunAsync("get", "events", "--sort-by=.lastTimestamp")).Said.Split('\n').TakeLast(25);
        return $"{pods}\n{string.Join('\n', events)}";
    }

    /// <summary>kubectl looks into the schema of the cluster, and before 1.25 that one has no rules (x-kubernetes-validations).</summary>
    private static async Task DefineAsync() => (await new Kubectl(Kubeconfig!, Machine.NewDirectory())
        .RunAsync("apply", "--validate=false", "-f", Repository.Path("crds/cortexclusters.yaml"))).Text();

    /// <summary>What has the cluster's name, of kinds as kubectl names them; its answer is <c>kind.group/name</c>, a line each.</summary>
    private async Task<IReadOnlyList<(string Kind, string Name)>> ObjectsAsync(string kinds, string cluster) =>
        [.. from line in (await kubectl.TextAsync("get", kinds, "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            let parts = line.Split('/')
            where parts[1] == cluster || parts[1].StartsWith($"{cluster}-", StringComparison.Ordinal)
            select (parts[0].Split('.')[0], parts[1])];
}
