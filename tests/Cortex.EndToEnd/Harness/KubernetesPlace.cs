using System.Text;
using System.Text.Json.Nodes;

namespace Cortex.EndToEnd.Harness;

/// <summary>A real Kubernetes cluster whose service addresses can be reached from here, with the operator outside of it.</summary>
internal sealed class KubernetesPlace : Place
{
    private const int Port = 5432;

    /// <summary>What a cluster has; its own kinds and the operator's.</summary>
    private static readonly string[] Kinds = ["pod", "persistentvolumeclaim", "secret", "configmap", "service", "networkpolicy", "poddisruptionbudget"];

    private readonly Kubectl kubectl;
    private readonly string file;

    private KubernetesPlace(string file)
    {
        this.file = file;
        kubectl = new Kubectl(file, Machine.NewDirectory());
    }

    /// <summary>Of the cluster, where there is one.</summary>
    public static string? Kubeconfig { get; } = Environment.GetEnvironmentVariable("CORTEX_TEST_KUBECONFIG") is { Length: > 0 } file ? file : null;

    public static KubernetesPlace? FromEnvironment() => Kubeconfig is { } file ? new(file) : null;

    public override string Namespace => "default";

    public override IReadOnlyList<string> OperatorArguments => ["--target", "kubernetes", "--kubeconfig", file, "--namespace", Namespace];

    /// <summary>A kubelet may take a minute over a pod whose container is away already.</summary>
    public override TimeSpan Deletion => TimeSpan.FromSeconds(150);

    /// <summary>The control plane finds the endpoints of a service, and kube-proxy leads there, each when it comes to it (https://kubernetes.io/docs/reference/networking/virtual-ips/).</summary>
    public override TimeSpan WaysFollow => Eventually.Limit;

    /// <summary>The image of all stories is loaded by whoever made the cluster.</summary>
    public override async Task PrepareAsync() =>
        // kubectl looks into the schema of the cluster, and before 1.25 that one has no rules (x-kubernetes-validations).
        (await kubectl.RunAsync("apply", "--validate=false", "-f", Path.Combine(Machine.Root, "crds/cortexclusters.yaml"))).Text();

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

    public override Task CrashAsync(string instance) => KillServerAsync(instance);

    public override Task FreezeAsync(string instance) => HangAsync(instance);

    public override async Task ThawAsync(string instance) => (await ExecAsync(instance, "sh", "-c", "kill -s CONT -- -1")).Text();

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

    public override async Task<IReadOnlyList<string>> NamesAsync(string kind, string cluster) =>
        [.. (await kubectl.TextAsync("get", kind == "volume" ? "persistentvolumeclaim" : kind, "-o", "jsonpath={.items[*].metadata.name}")).Split(' ')
            .Where(name => name == cluster || name.StartsWith($"{cluster}-", StringComparison.Ordinal))];

    public override async Task<IReadOnlyList<string>> LeftOfAsync(string cluster)
    {
        List<string> found = [];
        foreach (var kind in Kinds)
        {
            found.AddRange((await NamesAsync(kind, cluster)).Select(name => $"{(kind == "persistentvolumeclaim" ? "volume" : kind)} {name}"));
        }

        return found;
    }

    public override async Task RemoveAllAsync(string cluster)
    {
        foreach (var kind in Kinds)
        {
            foreach (var name in await NamesAsync(kind, cluster))
            {
                await kubectl.RunAsync("delete", kind, name, "--ignore-not-found", "--grace-period=1", "--timeout=60s");
            }
        }
    }

    public override async Task<string> TellAsync(string cluster)
    {
        var pods = (await kubectl.RunAsync("get", "pods,pvc,services", "-o", "wide")).Said;
        var events = (await kubectl.RunAsync("get", "events", "--sort-by=.lastTimestamp")).Said.Split('\n').TakeLast(25);
        return $"{pods}\n{string.Join('\n', events)}";
    }
}
