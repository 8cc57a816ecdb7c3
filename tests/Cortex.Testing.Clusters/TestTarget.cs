namespace Cortex.Testing.Clusters;

/// <summary>How a client reaches one server: its address, and the name in its certificate.</summary>
public sealed record ServerAddress(string Host, string Address, int Port)
{
    /// <summary>For a libpq string: the name is verified, the address is used for the connection.</summary>
    public string ConnInfo =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"host={Host} hostaddr={Address} port={Port}");
}

/// <summary>
/// Where the instances of a test run: in this machine's Podman, or in the Kubernetes cluster that CORTEX_TEST_KUBECONFIG names. A test that
/// reaches its instances through this class runs on both, with the same assertions about the status.
/// </summary>
public abstract class TestTarget
{
    /// <summary>
    /// A script that stops and restarts parts of the Kubernetes cluster (<c>stop kubelet</c>, <c>up</c>), if the Kubernetes cluster was
    /// created for the tests.
    /// </summary>
    public static string? NodeScript { get; } = Environment.GetEnvironmentVariable("CORTEX_TEST_NODE") is { Length: > 0 } script
        ? script
        : null;

    /// <summary>The namespace of the clusters.</summary>
    public abstract string Namespace { get; }

    /// <summary>
    /// Allocates a part of the target for one operator. On Kubernetes it is a namespace, so that two operators do not compete for one
    /// lease.
    /// </summary>
    public abstract Task<TestTarget> AllocateAsync();

    /// <summary>Releases the part. Its clusters must have been removed before.</summary>
    public abstract Task ReleaseAsync();

    /// <summary>The arguments of <c>cortex run</c>.</summary>
    public abstract IReadOnlyList<string> OperatorArguments { get; }

    /// <summary>The time after a change of the status in which connections may still reach the former server.</summary>
    public abstract TimeSpan RoutingDelay { get; }

    /// <summary>Copies an image of this machine's Podman to where the instances run.</summary>
    public abstract Task LoadImageAsync(string image);

    /// <summary>Lines of <c>spec</c> that every cluster of a test needs on this target.</summary>
    public abstract IReadOnlyList<string> SpecLines(int basePort);

    /// <summary>
    /// The addresses by the names of the instances, and under "" the address that leads to the primary; absent if the status contains it.
    /// </summary>
    public abstract Task<IReadOnlyDictionary<string, ServerAddress>> AddressesAsync(string cluster, int basePort);

    /// <summary>Kills the server with SIGKILL.</summary>
    public abstract Task CrashAsync(string instance);

    /// <summary>
    /// Whether a crashed server is down until the operator acts. Otherwise it is started again in its container after a second (ADR 14),
    /// and on a busy machine it may be running before a promotion begins.
    /// </summary>
    public abstract bool CrashedServerStaysDown { get; }

    /// <summary>
    /// Kills the postmaster in its container, and returns when its sessions have ended, too: they answer for a moment without it. The
    /// command waits to be ended by process 1, which supervises the server and then kills all other processes; its result is ignored.
    /// </summary>
    public Task KillServerAsync(string instance) =>
        ExecAsync(instance, "sh", "-c", "kill -KILL \"$(head -n 1 /var/lib/cortex/pgdata/postmaster.pid)\" && sleep 30");

    /// <summary>Stops every process of the container except process 1, which does not receive signals of its own namespace.</summary>
    public async Task HangAsync(string instance) => (await ExecAsync(instance, "sh", "-c", "kill -s STOP -- -1")).Text();

    /// <summary>Freezes the server: its connections stay open, but it does not answer.</summary>
    public abstract Task FreezeAsync(string instance);

    /// <summary>Lets a frozen server continue.</summary>
    public abstract Task ThawAsync(string instance);

    /// <summary>
    /// Sends a signal to the name server of a cluster's instances: after STOP it answers no query, after CONT it answers again.
    /// </summary>
    public abstract Task SignalNameServerAsync(string cluster, string signal);

    /// <summary>The name of the image that an instance uses.</summary>
    public abstract Task<string> ImageOfAsync(string instance);

    /// <summary>The id of an instance's pod, which differs from that of a later pod with the same name; empty if there is no pod.</summary>
    public abstract Task<string> PodIdAsync(string instance);

    /// <summary>Removes an instance's pod without the operator.</summary>
    public abstract Task RemovePodAsync(string instance);

    /// <summary>Runs a program in an instance's container.</summary>
    public abstract Task<ToolResult> ExecAsync(string instance, params string[] command);

    /// <summary>Every secret of a cluster, by its name.</summary>
    public abstract Task<IReadOnlyDictionary<string, string>> SecretsAsync(string cluster);

    /// <summary>
    /// Makes a secret as a user does, or gives it another content: on Podman one entry is its content, and several are lines.
    /// </summary>
    public abstract Task StoreUserSecretAsync(string name, IReadOnlyList<(string Entry, string Value)> entries);

    /// <summary>The command with which a user makes it, as the operator says.</summary>
    public abstract string MakeSecretCommand(string name, params string[] entries);

    /// <summary>What the target shows of the cluster's pods, with their logs: no secret may be in it.</summary>
    public abstract Task<string> ShownAsync(string cluster);

    /// <summary>Removes a secret without the operator.</summary>
    public abstract Task RemoveSecretAsync(string name);

    /// <summary>The names of a kind: <c>pod</c>, <c>volume</c>.</summary>
    public abstract Task<IReadOnlyList<string>> NamesAsync(string kind, string cluster);

    /// <summary>All objects with a cluster's name, as <c>kind name</c>.</summary>
    public abstract Task<IReadOnlyList<string>> RemainingObjectsAsync(string cluster);

    /// <summary>Removes all objects with a cluster's name, whatever their state is.</summary>
    public abstract Task RemoveAllAsync(string cluster);

    /// <summary>A description of a cluster's objects, for a failed test.</summary>
    public abstract Task<string> DescribeAsync(string cluster);
}
