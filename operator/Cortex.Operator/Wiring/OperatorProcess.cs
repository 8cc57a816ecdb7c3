using Cortex.ApiServer;
using Cortex.Core.Api;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;
using Cortex.Operator.Controllers;
using Cortex.Operator.LocalState;
using Cortex.Runtime;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Wiring;

/// <summary>The running operator: the control loop, and the embedded API unless another API is used.</summary>
public static partial class OperatorProcess
{
    /// <summary>Runs until stopped, or until a part of the process fails. The databases keep running.</summary>
    /// <param name="commands">Serves the commands of this machine, beside the embedded API and as long as it.</param>
    public static async Task RunAsync(
        OperatorOptions options, ILoggerFactory logs, Func<CancellationToken, Task> commands, CancellationToken stop)
    {
        await using var api = options.IsEmbedded
            ? await ApiServer.ApiServer.StartAsync(
                new ApiServerOptions
                {
                    StateDirectory = options.StateDirectory,
                    Port = options.Port,
                    Definitions = CustomResources.Definitions(),
                },
                logs,
                TimeProvider.System,
                stop)
            : null;
        var kubeconfig = options.Kubeconfig ?? api?.KubeconfigPath;
        using var client = ApiClient.Connect(
            kubeconfig is null ? KubernetesClientConfiguration.InClusterConfig() : ApiClient.Read(kubeconfig));
        await using var parts = new ServiceCollection().AddSingleton(logs).AddLogging().AddCortex(client, options).BuildServiceProvider();
        await using var listeners = await Listeners.StartAsync(options, client, parts, logs, stop);
        var logger = logs.CreateLogger("Cortex.Operator");
        var log = new OperatorLog(new StateDirectory(options.StateDirectory), TimeProvider.System, logger);
        Started(logger, client.BaseUri, kubeconfig ?? "(of the pod's service account)");
        await ProcessParts.RunAsync(
            stop,
            [
                new Part("the control loop", parts.GetRequiredService<ControlLoop<CortexCluster>>().RunAsync),
                new Part("the writer of events", parts.GetRequiredService<EventRecorder>().RunAsync),
                new Part("the watch of instances", parts.GetRequiredService<TargetWatch>().RunAsync),
                new Part("the control loop of backups", parts.GetRequiredService<ControlLoop<CortexBackup>>().RunAsync),
                new Part("the control loop of schedules", parts.GetRequiredService<ScheduleLoop>().RunAsync),
                new Part("the control loop of restore tests", parts.GetRequiredService<ScheduleLoop>().RunVerificationsAsync),
                .. options.IsEmbedded ? [new Part("the execution of commands", commands)] : Array.Empty<Part>(),
                .. log.IsOutputOfThisProcess ? [new Part("the watch of the log", log.WatchAsync)] : Array.Empty<Part>(),
            ]);
        Stopped(logger);
    }

    [LoggerMessage(1, LogLevel.Information, "operator started, API at {Api}, kubeconfig {Kubeconfig}")]
    private static partial void Started(ILogger logger, Uri api, string kubeconfig);

    [LoggerMessage(2, LogLevel.Information, "operator stopped; the databases keep running")]
    private static partial void Stopped(ILogger logger);
}
