using System.CommandLine;
using System.Runtime.InteropServices;
using Cortex.Operator.Wiring;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Commands;

/// <summary><c>cortex run</c>: the operator in the foreground.</summary>
public static class RunCommand
{
    private static readonly Option<string?> Kubeconfig = new("--kubeconfig") { Description = "Use this Kubernetes API instead of the embedded one." };
    private static readonly Option<int> Port = new("--port") { Description = "Port of the embedded API on 127.0.0.1; 0 takes a free one and keeps it." };
    private static readonly Option<LogLevel> Verbosity = new("--log-level") { Description = "Least level that is logged.", DefaultValueFactory = _ => LogLevel.Information };

    /// <param name="stateDirectory">Where the embedded API keeps its database and kubeconfig.</param>
    public static Command Create(Func<string> stateDirectory)
    {
        var command = new Verb(
            "run",
            "Runs the operator in the foreground until SIGTERM or Ctrl-C. The databases run on without it.",
            ("run", "with the embedded API; its kubeconfig lies in the state directory"),
            ("run --log-level Debug", "says each look and why it is taken")) { Kubeconfig, Port, Verbosity };
        command.SetAction((arguments, ct) => RunAsync(
            new OperatorOptions(stateDirectory(), arguments.GetValue(Kubeconfig), arguments.GetValue(Port)), arguments.GetValue(Verbosity), ct));
        return command;
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
