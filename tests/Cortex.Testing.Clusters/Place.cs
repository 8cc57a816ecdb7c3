namespace Cortex.Testing.Clusters;

/// <summary>How a client reaches one server: where it is, and the name that its certificate has to carry.</summary>
public sealed record ServerAddress(string Host, string Address, int Port)
{
    /// <summary>For a libpq string; the name is verified, the address is connected to.</summary>
    public string ConnInfo => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"host={Host} hostaddr={Address} port={Port}");
}

/// <summary>
/// Where the instances of a test run: this machine's Podman, or the Kubernetes cluster that CORTEX_TEST_KUBECONFIG names. A test that reaches its instances through this
/// runs on both, and demands the same of the status.
/// </summary>
public abstract class Place
{
    /// <summary>The target of this run, as a whole.</summary>
    public static Place Here { get; } = KubernetesPlace.FromEnvironment() is { } cluster ? cluster : new PodmanPlace();

    /// <summary>A script that stops and mends parts of the Kubernetes cluster (<c>stop kubelet</c>, <c>up</c>), where it was made for the tests.</summary>
    public static string? Node { get; } = Environment.GetEnvironmentVariable("CORTEX_TEST_NODE") is { Length: > 0 } script ? script : null;

    /// <summary>The namespace of the clusters that are made here.</summary>
    public abstract string Namespace { get; }

    /// <summary>The part of the target that one operator has to itself. On Kubernetes it is a namespace, so that two operators do not contend for one lease.</summary>
    public abstract Task<Place> PartAsync();

    /// <summary>Gives the part up; its clusters are gone by then.</summary>
    public abstract Task LeaveAsync();

    /// <summary>For <c>cortex run</c>.</summary>
    public abstract IReadOnlyList<string> OperatorArguments { get; }

    /// <summary>How long the deletion of a cluster may take.</summary>
    public abstract TimeSpan Deletion { get; }

    /// <summary>How long after the status the way to a server may still lead elsewhere.</summary>
    public abstract TimeSpan WaysFollow { get; }

    /// <summary>Brings an image of this machine's Podman to where the instances run.</summary>
    public abstract Task ReceiveImageAsync(string image);

    /// <summary>Lines of <c>spec</c> that every cluster of a story has here.</summary>
    public abstract IReadOnlyList<string> SpecLines(int basePort);

    /// <summary>By the name of each instance, and under "" the way that leads to the primary; null there when the status says it all.</summary>
    public abstract Task<IReadOnlyDictionary<string, ServerAddress>> AddressesAsync(Cluster cluster);

    /// <summary>The server dies without a word.</summary>
    public abstract Task CrashAsync(string instance);

    /// <summary>A server that crashed is down until the operator acts. Else it is started again in its container after a second (ADR 14), and a promotion that is asked for on a busy machine may find it serving.</summary>
    public abstract bool StaysDown { get; }

    /// <summary>The server's first process dies in its container; who looks after it is process 1 and ends what is left, this command too, so what that comes to says nothing.</summary>
    public Task KillServerAsync(string instance) => ExecAsync(instance, "sh", "-c", "kill -KILL \"$(head -n 1 /var/lib/cortex/pgdata/postmaster.pid)\"");

    /// <summary>The server hangs for good: every process of the container but the first, which takes no signal of its own kind, is stopped.</summary>
    public async Task HangAsync(string instance) => (await ExecAsync(instance, "sh", "-c", "kill -s STOP -- -1")).Text();

    /// <summary>The server hangs: it keeps what it has open, and answers nobody.</summary>
    public abstract Task FreezeAsync(string instance);

    /// <summary>It goes on where it was frozen.</summary>
    public abstract Task ThawAsync(string instance);

    /// <summary>Signals the name server that a cluster's instances ask: STOP, and it answers no question; CONT, and it answers again.</summary>
    public abstract Task SignalNameServerAsync(string cluster, string signal);

    /// <summary>The image that an instance runs on, by its name.</summary>
    public abstract Task<string> ImageOfAsync(string instance);

    /// <summary>What tells an instance's pod from a later one of its name; empty while there is none.</summary>
    public abstract Task<string> PodIdAsync(string instance);

    /// <summary>Takes an instance's pod away behind the operator's back.</summary>
    public abstract Task RemovePodAsync(string instance);

    /// <summary>Runs a program in an instance's container.</summary>
    public abstract Task<ToolResult> ExecAsync(string instance, params string[] command);

    /// <summary>Every secret of a cluster, by its name.</summary>
    public abstract Task<IReadOnlyDictionary<string, string>> SecretsAsync(string cluster);

    /// <summary>Takes a secret away behind the operator's back.</summary>
    public abstract Task RemoveSecretAsync(string name);

    /// <summary>The names of a kind: <c>pod</c>, <c>volume</c>.</summary>
    public abstract Task<IReadOnlyList<string>> NamesAsync(string kind, string cluster);

    /// <summary>All that is there under a cluster's name, as <c>kind name</c>.</summary>
    public abstract Task<IReadOnlyList<string>> LeftOfAsync(string cluster);

    /// <summary>Removes all that is there under a cluster's name, whoever made it and in whatever state it is.</summary>
    public abstract Task RemoveAllAsync(string cluster);

    /// <summary>For a failed story.</summary>
    public abstract Task<string> TellAsync(string cluster);
}
