using System.CommandLine;
using System.Globalization;
using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;

namespace Cortex.Cli.Commands;

/// <summary>
/// <c>cortex logs</c>: the log of the operator, or of PostgreSQL in an instance. The process is replaced by tail or podman.
/// </summary>
internal static class LogsCommand
{
    private const string OperatorLog = "operator";

    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var source = new Argument<string>("SOURCE") { Description = "An instance, or operator.", DefaultValueFactory = _ => OperatorLog };
        var follow = new Option<bool>("--follow", "-f") { Description = "Print new lines as they are logged." };
        var tail = new Option<int>("--tail")
        {
            Description = "The number of last lines to print.",
            HelpName = "N",
            DefaultValueFactory = _ => 100,
        }.Within(0);
        var command = new ExampledCommand(
            "logs",
            "Shows the log of the operator, or of PostgreSQL in an instance.",
            ("logs", "the end of the operator's log"),
            ("logs cortex-pr -f --tail 20", "the log of PostgreSQL, as it grows"))
        {
            source, follow, tail, options.Namespace, options.Kubeconfig,
        };
        command.SetAction(async (arguments, ct) =>
        {
            var lines = arguments.GetValue(tail).ToString(CultureInfo.InvariantCulture);
            var name = arguments.GetValue(source)!;
            if (name == OperatorLog)
            {
                Tail(context, lines, arguments.GetValue(follow));
            }

            using var api = context.OpenApi(arguments, options);
            var cluster = await ClusterChoice.OwnerAsync(api, arguments.GetValue(options.Namespace)!, name, ct);
            using var host = context.OpenHost(api);
            await host.ExecLogsAsync(cluster.Key(), name, lines, arguments.GetValue(follow), ct);
            return ExitCodes.Failed;
        });
        return command;
    }

    private static void Tail(CommandContext context, string lines, bool follow)
    {
        if (!File.Exists(context.State.Log))
        {
            throw context.NotRunning();
        }

        // -F: up may start a new operator, with a new file, while this runs.
        context.Programs.Exec(
            context.Programs.Find("tail") ?? "/usr/bin/tail", ["-n", lines, .. follow ? (string[])["-F"] : [], context.State.Log]);
    }
}
