using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Cortex.Core.Api;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Cortex.Testing.Clusters;

/// <summary><c>cortex run</c> as a process of its own, with a state directory of its own. It can be killed and started again.</summary>
public sealed class OperatorUnderTest : IAsyncDisposable
{
    private const int TailLines = 60;
    private const int TailWidth = 400;

    private readonly ConcurrentQueue<string> log = new();
    private readonly ConcurrentBag<Cluster> clusters = [];
    private readonly string[] arguments;
    private readonly string? clients;
    private Process? process;
    private readonly List<Kubernetes> apis = [];

    private OperatorUnderTest(Place place, string[] arguments, string? clients) => (Place, this.arguments, this.clients) = (place, arguments, clients);

    /// <summary>Where its clusters run.</summary>
    public Place Place { get; }

    public string StateDirectory { get; } = Path.Combine(Machine.NewDirectory(), "state");

    /// <summary>A folder for what clients need: it is none of the operator's.</summary>
    public string ClientDirectory { get; } = Machine.NewDirectory();

    public string Kubeconfig { get; private set; } = "";

    public Kubectl Kubectl => new(Kubeconfig, ClientDirectory);

    /// <summary>Called with every line of the log, on the thread that reads it.</summary>
    public Action<string>? OnLine { get; set; }

    /// <summary>All that it has logged, over all its lives.</summary>
    public string Log => string.Join('\n', log);

    /// <summary>Its end, without the depth of stack traces.</summary>
    public string LogTail => string.Join('\n', log.TakeLast(TailLines).Select(line => line.Length > TailWidth ? line[..TailWidth] : line));

    public bool Lives => process is { HasExited: false };

    public static async Task<OperatorUnderTest> StartAsync(params string[] arguments)
    {
        var place = await Place.Here.PartAsync();
        return await StartedAsync(new OperatorUnderTest(place, [.. place.OperatorArguments, .. arguments], clients: null));
    }

    /// <summary>One that reaches its API by another way than its clients.</summary>
    /// <param name="kubeconfig">That way.</param>
    public static async Task<OperatorUnderTest> StartBehindAsync(string kubeconfig)
    {
        var place = await Place.Here.PartAsync();
        var direct = place.OperatorArguments.SkipWhile(one => one != "--kubeconfig").ElementAt(1);
        return await StartedAsync(new OperatorUnderTest(place, [.. place.OperatorArguments.Select(one => one == direct ? kubeconfig : one)], direct));
    }

    /// <summary>Starts it with the state that it left, and waits until its API answers or it was killed again.</summary>
    public async Task StartAgainAsync()
    {
        Kubeconfig = "";
        var next = new Process { StartInfo = Tool.Describe(Machine.Program, ["run", .. arguments], Environment()) };
        next.OutputDataReceived += Hear;
        next.ErrorDataReceived += Hear;
        next.Start();
        next.BeginOutputReadLine();
        next.BeginErrorReadLine();
        process = next;
        await Eventually.HoldsAsync(
            "the operator says where its kubeconfig is", () => Kubeconfig.Length > 0 || !Lives, () => Task.FromResult(LogTail));
        if (Kubeconfig.Length > 0)
        {
            // The former one may be asked just now; taken away under a question it does not even say that it is gone.
            apis.Add(new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig)));
        }
    }

    /// <summary>One of the program's other commands, beside the operator that runs.</summary>
    public Task<ToolResult> CommandAsync(string input, params string[] words) => Tool.RunAsync(Machine.Program, words, Environment(), input);

    /// <summary>SIGKILL: nothing is tidied up.</summary>
    public void Kill() => process!.Kill();

    /// <summary>Waits until the process is no more.</summary>
    public Task GoneAsync() => process!.WaitForExitAsync(TestContext.Current.CancellationToken);

    /// <summary>A new name and new ports; nothing is made yet.</summary>
    public Cluster NewCluster(string? name = null)
    {
        var cluster = new Cluster(this, name ?? $"e2e{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}", Machine.FreePorts());
        clusters.Add(cluster);
        return cluster;
    }

    /// <summary>A cluster that is Ready.</summary>
    /// <param name="spec">Lines of <c>spec</c> beside the name's and the ports'.</param>
    public async Task<Cluster> CreateAsync(string spec = "")
    {
        var cluster = NewCluster();
        await HeavyWork.DoAsync(() => Spending.MeasureAsync("making", cluster.Name, async () =>
        {
            await cluster.ApplyAsync(spec);
            return await cluster.ReadyAsync();
        }));
        return cluster;
    }

    /// <summary>What kubectl patch does, without the time that a program takes to start.</summary>
    public Task PatchAsync(string name, string json) => apis[^1].CustomObjects.PatchNamespacedCustomObjectAsync(
        new V1Patch(json, V1Patch.PatchType.MergePatch), CortexCluster.GroupName, CortexCluster.Version, Place.Namespace, CortexCluster.Plural, name,
        cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Sets the whole spec. By a patch, which cannot conflict with the status that the operator writes.</summary>
    public Task SpecifyAsync(string name, ClusterSpec spec) => apis[^1].CustomObjects.PatchNamespacedCustomObjectAsync<CortexCluster>(
        new V1Patch($$"""[{"op": "replace", "path": "/spec", "value": {{KubernetesJson.Serialize(spec)}}}]""", V1Patch.PatchType.JsonPatch),
        CortexCluster.GroupName, CortexCluster.Version, Place.Namespace, CortexCluster.Plural, name, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Every event about an object of this name.</summary>
    public async Task<IReadOnlyList<Corev1Event>> EventsAsync(string name) => [.. (await apis[^1].CoreV1.ListNamespacedEventAsync(
        Place.Namespace, fieldSelector: $"involvedObject.name={name}", cancellationToken: TestContext.Current.CancellationToken)).Items];

    /// <summary>The resource as it is now; null when there is none, or no server to ask.</summary>
    public async Task<CortexCluster?> ReadAsync(string name)
    {
        try
        {
            return await apis[^1].CustomObjects.GetNamespacedCustomObjectAsync<CortexCluster>(
                CortexCluster.GroupName, CortexCluster.Version, Place.Namespace, CortexCluster.Plural, name, TestContext.Current.CancellationToken);
        }
        catch (HttpOperationException absent) when (absent.Response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception away) when (away is HttpRequestException or IOException or ObjectDisposedException or OperationCanceledException
            && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            // Killed, or started again under the question.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Task.WhenAll(clusters.Select(cluster => cluster.DisposeAsync().AsTask()));
        }
        finally
        {
            if (Lives)
            {
                process!.Kill();
            }

            process?.Dispose();
            apis.ForEach(api => api.Dispose());
            await Place.LeaveAsync();
            Directory.Delete(Path.GetDirectoryName(StateDirectory)!, recursive: true);
            Directory.Delete(ClientDirectory, recursive: true);
        }
    }

    private static async Task<OperatorUnderTest> StartedAsync(OperatorUnderTest started)
    {
        await started.StartAgainAsync();
        Assert.True(started.Lives, started.LogTail);
        return started;
    }

    private void Hear(object sender, DataReceivedEventArgs heard)
    {
        if (heard.Data is not { } line)
        {
            return;
        }

        log.Enqueue(line);
        if (line.Split("kubeconfig ") is [_, var path] && line.Contains("operator started", StringComparison.Ordinal))
        {
            Kubeconfig = clients ?? path.Trim();
        }

        OnLine?.Invoke(line);
    }

    private Dictionary<string, string?> Environment() => new(Podman.Environment)
    {
        ["CORTEX_STATE"] = StateDirectory,
        ["DOTNET_ROOT"] = Machine.DotnetRoot,
        // What the command line needs, the operator finds out by itself.
        ["CONTAINERS_CONF"] = System.Environment.GetEnvironmentVariable("CONTAINERS_CONF"),
    };
}
