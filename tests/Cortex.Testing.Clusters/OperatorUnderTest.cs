using System.Collections.Concurrent;
using System.Diagnostics;
using Cortex.Core.Api;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Cortex.Testing.Clusters;

/// <summary><c>cortex run</c> as a separate process, with its own state directory. It can be killed and started again.</summary>
public sealed class OperatorUnderTest : IAsyncDisposable
{
    private const int TailLines = 60;
    private const int TailWidth = 400;

    private readonly ConcurrentQueue<string> log = new();
    private readonly ConcurrentBag<IAsyncDisposable> clusters = [];
    private readonly string[] arguments;
    private readonly string? clients;
    private Process? process;
    private readonly List<Kubernetes> apis = [];

    private OperatorUnderTest(TestTarget target, string[] arguments, string? clients) =>
        (Target, this.arguments, this.clients) = (target, arguments, clients);

    /// <summary>Where its clusters run.</summary>
    public TestTarget Target { get; }

    public string StateDirectory { get; } = Path.Combine(Machine.NewDirectory(), "state");

    /// <summary>A folder for the files of clients; the operator does not use it.</summary>
    public string ClientDirectory { get; } = Machine.NewDirectory();

    public string Kubeconfig { get; private set; } = "";

    public Kubectl Kubectl => new(Kubeconfig, ClientDirectory);

    /// <summary>Called with every line of the log, on the thread that reads it.</summary>
    public Action<string>? OnLine { get; set; }

    /// <summary>The log of all its processes so far.</summary>
    public string Log => string.Join('\n', log);

    /// <summary>The end of the log, with long lines cut.</summary>
    public string LogTail => string.Join('\n', log.TakeLast(TailLines).Select(line => line.Length > TailWidth ? line[..TailWidth] : line));

    public bool IsRunning => process is { HasExited: false };

    public static async Task<OperatorUnderTest> StartAsync(params string[] arguments)
    {
        var target = await TestTargets.Current.AllocateAsync();
        return await StartedAsync(new OperatorUnderTest(target, [.. target.OperatorArguments, .. arguments], clients: null));
    }

    /// <summary>Starts an operator that reaches its API in a different way than its clients.</summary>
    /// <param name="kubeconfig">The operator's kubeconfig.</param>
    public static async Task<OperatorUnderTest> StartWithKubeconfigAsync(string kubeconfig)
    {
        var target = await TestTargets.Current.AllocateAsync();
        var direct = target.OperatorArguments.SkipWhile(argument => argument != "--kubeconfig").ElementAt(1);
        return await StartedAsync(
            new OperatorUnderTest(
                target, [.. target.OperatorArguments.Select(argument => argument == direct ? kubeconfig : argument)], direct));
    }

    /// <summary>Starts it with its former state, and waits until its API answers, or until it was killed again.</summary>
    public async Task StartAgainAsync()
    {
        Kubeconfig = "";
        var next = new Process { StartInfo = Tool.Describe(Machine.Program, ["run", .. arguments], Environment()) };
        next.OutputDataReceived += OnOutput;
        next.ErrorDataReceived += OnOutput;
        next.Start();
        next.BeginOutputReadLine();
        next.BeginErrorReadLine();
        process = next;
        await Eventually.HoldsAsync(
            "the operator logs the path of its kubeconfig", () => Kubeconfig.Length > 0 || !IsRunning, () => Task.FromResult(LogTail));
        if (Kubeconfig.Length > 0)
        {
            // A request of the former client may be running, so that client is not disposed yet: its request would end without a clear
            // error.
            apis.Add(new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig)));
        }
    }

    /// <summary>Runs another command of the program while the operator runs.</summary>
    public Task<ToolResult> CommandAsync(string input, params string[] words) =>
        Tool.RunAsync(Machine.Program, words, Environment(), input);

    /// <summary>Sends SIGKILL: the operator cannot clean up.</summary>
    public void Kill() => process!.Kill();

    /// <summary>Waits until the process has ended.</summary>
    public Task WaitForExitAsync() => process!.WaitForExitAsync(TestContext.Current.CancellationToken);

    /// <summary>Disposes a cluster together with the operator, and before it.</summary>
    public void DisposeWithIt(IAsyncDisposable cluster) => clusters.Add(cluster);

    /// <summary>Does the same as kubectl patch, without the time to start a program.</summary>
    public Task PatchAsync(string name, string json) => apis[^1].CustomObjects.PatchNamespacedCustomObjectAsync(
        new V1Patch(json, V1Patch.PatchType.MergePatch), CortexCluster.GroupName, CortexCluster.Version, Target.Namespace,
        CortexCluster.Plural, name,
        cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Changes what the operator has recorded.</summary>
    public Task PatchStatusAsync(string name, string json) => apis[^1].CustomObjects.PatchNamespacedCustomObjectStatusAsync(
        new V1Patch(json, V1Patch.PatchType.MergePatch), CortexCluster.GroupName, CortexCluster.Version, Target.Namespace,
        CortexCluster.Plural, name,
        cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Replaces the spec, by a patch, which cannot conflict with the status that the operator writes.</summary>
    public Task ReplaceSpecAsync(string name, ClusterSpec spec) => apis[^1].CustomObjects.PatchNamespacedCustomObjectAsync<CortexCluster>(
        new V1Patch($$"""[{"op": "replace", "path": "/spec", "value": {{KubernetesJson.Serialize(spec)}}}]""", V1Patch.PatchType.JsonPatch),
        CortexCluster.GroupName, CortexCluster.Version, Target.Namespace, CortexCluster.Plural, name,
        cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Every event about an object of this name.</summary>
    public async Task<IReadOnlyList<Corev1Event>> EventsAsync(string name) => [.. (await apis[^1].CoreV1.ListNamespacedEventAsync(
        Target.Namespace, fieldSelector: $"involvedObject.name={name}", cancellationToken: TestContext.Current.CancellationToken)).Items];

    /// <summary>The present resource; null if it does not exist or the API does not answer.</summary>
    public async Task<CortexCluster?> ReadAsync(string name)
    {
        try
        {
            return await apis[^1].CustomObjects.GetNamespacedCustomObjectAsync<CortexCluster>(
                CortexCluster.GroupName, CortexCluster.Version, Target.Namespace, CortexCluster.Plural, name,
                TestContext.Current.CancellationToken);
        }
        catch (HttpOperationException absent) when (absent.Response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or ObjectDisposedException or OperationCanceledException
            && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            // The operator was killed or started again during the request.
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
            if (IsRunning)
            {
                process!.Kill();
            }

            process?.Dispose();
            apis.ForEach(api => api.Dispose());
            await Target.ReleaseAsync();
            Directory.Delete(Path.GetDirectoryName(StateDirectory)!, recursive: true);
            Directory.Delete(ClientDirectory, recursive: true);
        }
    }

    private static async Task<OperatorUnderTest> StartedAsync(OperatorUnderTest started)
    {
        await started.StartAgainAsync();
        Assert.True(started.IsRunning, started.LogTail);
        return started;
    }

    private void OnOutput(object sender, DataReceivedEventArgs output)
    {
        if (output.Data is not { } line)
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
        // The variable of the podman command is not passed on: the operator finds the settings by itself.
        ["CONTAINERS_CONF"] = System.Environment.GetEnvironmentVariable("CONTAINERS_CONF"),
    };
}
