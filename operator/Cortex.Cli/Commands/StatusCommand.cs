using System.CommandLine;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using k8s;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex status</c>: one cluster with all details, or one line for each of several clusters.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var name = new Argument<string?>("NAME")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The cluster; default: all clusters of the namespace.",
        };
        var command = new ExampledCommand(
            "status",
            $"Shows instances, conditions, the last promotion and the certificates. Exit code 0: Ready, {ExitCodes.NotReady}: not Ready.",
            ("status", "the only cluster, or a list of several"),
            ("status cortex -o json", "the status of the resource, for scripts"))
        {
            name, options.Output, options.Namespace, options.Kubeconfig,
        };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = context.OpenApi(arguments, options);
            var ns = arguments.GetValue(options.Namespace)!;
            var clusters = arguments.GetValue(name) is { } named
                ? [await ClusterChoice.ClusterAsync(api, ns, named, ct)]
                : await api.ListAsync(ns, ct);
            if (clusters.Count == 0)
            {
                await ClusterChoice.ClusterAsync(api, ns, null, ct);
            }

            Print(context, clusters, arguments.GetValue(options.Output));
            return clusters.All(StatusText.IsReady) ? ExitCodes.Done : ExitCodes.NotReady;
        });
        return command;
    }

    private static void Print(CommandContext context, IReadOnlyList<CortexCluster> clusters, OutputForm form)
    {
        if (form == OutputForm.Json)
        {
            context.Screen.Print(
                clusters is [var only] ? KubernetesJson.Serialize(only.Status ?? new ClusterStatus()) : KubernetesJson.Serialize(clusters));
        }
        else
        {
            context.Screen.Print(
                clusters is [var only] ? StatusText.Of(only, context.Clock.GetUtcNow(), context.Program) : StatusText.List(clusters));
        }
    }
}
