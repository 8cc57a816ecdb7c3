using System.CommandLine;
using System.Runtime.InteropServices;
using Cortex.Cli.Delegation;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Operator.LocalState;
using Cortex.Operator.Wiring;
using Microsoft.Extensions.Logging;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex run</c>: the operator in the foreground.</summary>
public static class RunCommand
{
    private static readonly Option<string?> Kubeconfig = new("--kubeconfig")
    {
        Description = "Use this Kubernetes API instead of the embedded one.",
        HelpName = "FILE",
    };
    private static readonly Option<ExecutionTarget> Target = new("--target")
    {
        Description = "Where the instances run: in Podman on this machine, or in the Kubernetes cluster of the resources.",
        DefaultValueFactory = _ => ExecutionTarget.Podman,
    };
    private static readonly Option<bool> InCluster = new("--in-cluster")
    {
        Description = "Use the API of the Kubernetes cluster that this process runs in, with the service account of its pod.",
    };
    private static readonly Option<string?> Namespace = new("--namespace")
    {
        Description = "Reconcile the resources of this namespace only. Default: all namespaces.",
        HelpName = "NAMESPACE",
    };
    private static readonly Option<bool> LeaderElect = new("--leader-elect")
    {
        Description =
            "Reconcile only while this process holds the Lease cortex-operator in the operator's namespace; for several replicas.",
    };
    private static readonly Option<int> Port =
        new Option<int>("--port")
        {
            Description = "Port of the embedded API on 127.0.0.1; 0: a free port, which is used again later.",
            HelpName = "PORT",
            DefaultValueFactory = _ => 0,
        }.Within(0, Numbers.HighestPort);
    private static readonly Option<int> WebhookPort =
        new Option<int>("--webhook-port")
        {
            Description = "Port of the validating webhook, HTTPS on every address; 0: no webhook.",
            HelpName = "PORT",
            DefaultValueFactory = _ => 0,
        }.Within(0, Numbers.HighestPort);
    private static readonly Option<int> HealthPort =
        new Option<int>("--health-port")
        {
            Description = "Port of /healthz and /readyz, plain HTTP on every address; 0: no health endpoint.",
            HelpName = "PORT",
            DefaultValueFactory = _ => 0,
        }.Within(0, Numbers.HighestPort);
    private static readonly Option<string?> OwnNamespace = new("--own-namespace")
    {
        Description = "The operator's own namespace; default in a pod: the namespace of the pod.",
        HelpName = "NAMESPACE",
    };
    private static readonly Option<LogLevel> Verbosity = new("--log-level")
    {
        Description = "The lowest level that is logged.",
        DefaultValueFactory = _ => LogLevel.Information,
    };

    /// <param name="stateDirectory">Where the embedded API keeps its database and kubeconfig.</param>
    /// <param name="commands">All commands, which the operator executes for other processes.</param>
    public static Command Create(Func<string> stateDirectory, Func<CommandContext, RootCommand> commands)
    {
        var command = new ExampledCommand(
            "run",
            "Runs the operator in the foreground until SIGTERM or Ctrl-C. The databases keep running without it.",
            ("run", "with the embedded API; its kubeconfig is in the state directory"),
            ("run --target kubernetes --kubeconfig ~/.kube/config", "for a Kubernetes cluster, from outside"),
            ("run --log-level Debug", "logs each pass and its reason"))
        {
            Target, Kubeconfig, InCluster, Namespace, LeaderElect, OwnNamespace, Port, WebhookPort, HealthPort, Verbosity,
        };
        command.SetAction((arguments, ct) => RunAsync(Options(arguments, stateDirectory()), commands, arguments.GetValue(Verbosity), ct));
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
            { InCluster: true, Kubeconfig: not null } =>
                throw new CommandException("--in-cluster and --kubeconfig name two APIs", "omit one of them"),
            { Target: ExecutionTarget.Kubernetes, IsEmbedded: true } =>
                throw new CommandException(
                    "--target kubernetes: the embedded API has no pods",
                    "name a cluster with --kubeconfig, or run inside one with --in-cluster"),
            { WebhookPort: not 0, IsEmbedded: true } =>
                throw new CommandException(
                    "--webhook-port: the embedded API calls no webhooks", "omit it, or name another API with --kubeconfig"),
            { WebhookPort: not 0, OwnNamespace: null } =>
                throw new CommandException(
                    "--webhook-port: the webhook's Secret is in the operator's own namespace, which is not known outside of a pod",
                    "name it with --own-namespace"),
            { LeaderElect: true, OwnNamespace: null } =>
                throw new CommandException(
                    "--leader-elect: the Lease is in the operator's own namespace, which is not known outside of a pod",
                    "name it with --own-namespace"),
            _ => options,
        };
    }

    private static async Task<int> RunAsync(
        OperatorOptions options, Func<CommandContext, RootCommand> commands, LogLevel level, CancellationToken ct)
    {
        using var logs = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(level)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Npgsql", LogLevel.Warning)
            .AddSimpleConsole(console =>
                (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ ")));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        var state = new StateDirectory(options.StateDirectory);
        var server = new CommandServer(
            state,
            (request, answer, end) =>
            {
                var context = CommandContext.OfRequest(request, answer, state);
                return CommandLine.RunAsync(commands(context), request.Arguments, context, end);
            },
            logs.CreateLogger("Cortex.Commands"));
        await OperatorProcess.RunAsync(options, logs, server.RunAsync, stop.Token);
        return 0;
    }
}
