using System.CommandLine;
using System.Globalization;
using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex logs</c>: what the operator says, or PostgreSQL in an instance. Becomes tail, or podman.</summary>
internal static class LogsCommand
{
    private const string Ourselves = "operator";

    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        var whose = new Argument<string>("WHOSE") { Description = "An instance, or operator.", DefaultValueFactory = _ => Ourselves };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on as more is logged." };
        var tail = new Option<int>("--tail") { Description = "How many of the last lines.", HelpName = "N", DefaultValueFactory = _ => 100 }.Within(0);
        var command = new Verb(
            "logs",
            "Shows what the operator says, or PostgreSQL in an instance.",
            ("logs", "the end of the operator's log"),
            ("logs cortex-pr -f --tail 20", "PostgreSQL's, as it comes")) { whose, follow, tail, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            var lines = arguments.GetValue(tail).ToString(CultureInfo.InvariantCulture);
            var name = arguments.GetValue(whose)!;
            if (name == Ourselves)
            {
                Tail(here, lines, arguments.GetValue(follow));
            }

            using var api = here.OpenApi(arguments, options);
            var cluster = await ClusterChoice.OwnerAsync(api, arguments.GetValue(options.Namespace)!, name, ct);
            using var host = here.OpenHost(api);
            await host.BecomeLogAsync(cluster.Key(), name, lines, arguments.GetValue(follow), ct);
            return ExitCodes.Failed;
        });
        return command;
    }

    private static void Tail(Surroundings here, string lines, bool follow)
    {
        if (!File.Exists(here.State.Log))
        {
            throw here.NotRunning();
        }

        // -F: up may start a new operator while we look.
        here.Programs.Become(here.Programs.Find("tail") ?? "/usr/bin/tail", ["-n", lines, .. follow ? (string[])["-F"] : [], here.State.Log]);
    }
}
