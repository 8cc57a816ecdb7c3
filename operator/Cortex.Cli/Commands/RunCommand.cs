using System.CommandLine;
using System.Runtime.InteropServices;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Operator.Wiring;
using Microsoft.Extensions.Logging;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex run</c>: the operator in the foreground.</summary>
public static class RunCommand
{
    private static readonly Option<string?> Kubeconfig = new("--kubeconfig") { Description = "Use this Kubernetes API instead of the embedded one.", HelpName = "FILE" };
    private static readonly Option<ExecutionTarget> Target = new("--target") { Description = "What runs the instances: Podman on this machine, or the Kubernetes cluster that the resources are in.", DefaultValueFactory = _ => ExecutionTarget.Podman };
    private static readonly Option<bool> InCluster = new("--in-cluster") { Description = "Use the API of the Kubernetes cluster that this runs in, with its pod's service account." };
    private static readonly Option<string?> Namespace = new("--namespace") { Description = "Look after the resources of this namespace only. Default: of all.", HelpName = "NAMESPACE" };
    private static readonly Option<bool> LeaderElect = new("--leader-elect") { Description = "Work only while holding the Lease cortex-operator in the operator's own namespace; for several replicas." };
    private static readonly Option<int> Port = new Option<int>("--port") { Description = "Port of the embedded API on 127.0.0.1; 0 takes a free one and keeps it.", HelpName = "PORT", DefaultValueFactory = _ => 0 }.Within(0, Numbers.HighestPort);
    private static readonly Option<int> WebhookPort = new Option<int>("--webhook-port") { Description = "Port of the validating webhook, HTTPS on every address; 0: none.", HelpName = "PORT", DefaultValueFactory = _ => 0 }.Within(0, Numbers.HighestPort);
    private static readonly Option<int> HealthPort = new Option<int>("--health-port") { Description = "Port of /healthz and /readyz, plain HTTP on every address; 0: none.", HelpName = "PORT", DefaultValueFactory = _ => 0 }.Within(0, Numbers.HighestPort);
    private static readonly Option<string?> OwnNamespace = new("--own-namespace") { Description = "The operator's own namespace; in a pod it is found by itself.", HelpName = "NAMESPACE" };
    private static readonly Option<LogLevel> Verbosity = new("--log-level") { Description = "Least level that is logged.", DefaultValueFactory = _ => LogLevel.Information };

    /// <param name="stateDirectory">Where the embedded API keeps its database and kubeconfig.</param>
    public static Command Create(Func<string> stateDirectory)
    {
        var command = new Verb(
            "run",
            "Runs the operator in the foreground until SIGTERM or Ctrl-C. The databases run on without it.",
            ("run", "with the embedded API; its kubeconfig lies in the state directory"),
            ("run --target kubernetes --kubeconfig ~/.kube/config", "looks after a Kubernetes cluster from outside"),
            ("run --log-level Debug", "says each look and why it is taken"))
        {
            Target, Kubeconfig, InCluster, Namespace, LeaderElect, OwnNamespace, Port, WebhookPort, HealthPort, Verbosity,
        };
        command.SetAction((arguments, ct) => RunAsync(Options(arguments, stateDirectory()), arguments.GetValue(Verbosity), ct));
        return command;
    }

    private static OperatorOptions Options(ParseResult arguments, string stateDirectory)
    {
        var options = new OperatorOptions(stateDirectory, arguments.GetValue(Kubeconfig), arguments.GetValue(Port))
        {
            Target = arguments.GetValue(Target),
            InCluster = arguments.GetValue(InCluster),
            Namespace = arguments.GetValue(Namespace),
            LeaderElect = arguments.GetValue(LeaderElect),
            OwnNamespace = arguments.GetValue(OwnNamespace) ?? ServiceAccount.Namespace(),
            WebhookPort = arguments.GetValue(WebhookPort),
            HealthPort = arguments.GetValue(HealthPort),
        };
        return options switch
        {
            { InCluster: true, Kubeconfig: not null } => throw new CommandException("--in-cluster and --kubeconfig name two APIs", "leave one of them away"),
            { Target: ExecutionTarget.Kubernetes, IsEmbedded: true } =>
                throw new CommandException("--target kubernetes: the embedded API has no pods", "name a cluster with --kubeconfig, or run inside one with --in-cluster"),
            { WebhookPort: not 0, IsEmbedded: true } => throw new CommandException("--webhook-port: the embedded API asks no webhooks", "leave it away, or name another API with --kubeconfig"),
            { WebhookPort: not 0, OwnNamespace: null } => throw new CommandException("--webhook-port: the webhook's Secret lies in the operator's own namespace, and this is no pod that would know it", "name it with --own-namespace"),
            { LeaderElect: true, OwnNamespace: null } => throw new CommandException("--leader-elect: the Lease lies in the operator's own namespace, and this is no pod that would know it", "name it with --own-namespace"),
            _ => options,
        };
    }

    private static async Task<int> RunAsync(OperatorOptions options, LogLevel level, CancellationToken ct)
    {
        using var logs = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(level)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Npgsql", LogLevel.Warning)
            .AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ ")));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        await OperatorProcess.RunAsync(options, logs, stop.Token);
        return 0;
    }
}
