using System.CommandLine;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using k8s;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex status</c>: one cluster in full, or a line for each.</summary>
internal static class StatusCommand
{
    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        var name = new Argument<string?>("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "The cluster; without it all of the namespace." };
        var command = new Verb(
            "status",
            $"Shows instances, conditions, the last promotion and the certificates. Exit code 0: Ready, {ExitCodes.NotReady}: not Ready.",
            ("status", "the only cluster, or a list"),
            ("status cortex -o json", "the status of the resource, for scripts")) { name, options.Output, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = here.OpenApi(arguments, options);
            var ns = arguments.GetValue(options.Namespace)!;
            var clusters = arguments.GetValue(name) is { } named ? [await ClusterChoice.ClusterAsync(api, ns, named, ct)] : await api.ListAsync(ns, ct);
            if (clusters.Count == 0)
            {
                await ClusterChoice.ClusterAsync(api, ns, null, ct);
            }

            Print(here, clusters, arguments.GetValue(options.Output));
            return clusters.All(StatusText.IsReady) ? ExitCodes.Done : ExitCodes.NotReady;
        });
        return command;
    }

    private static void Print(Surroundings here, IReadOnlyList<CortexCluster> clusters, OutputForm form)
    {
        if (form == OutputForm.Json)
        {
            here.Screen.Say(clusters is [var one] ? KubernetesJson.Serialize(one.Status ?? new ClusterStatus()) : KubernetesJson.Serialize(clusters));
        }
        else
        {
            here.Screen.Say(clusters is [var only] ? StatusText.Of(only, here.Clock.GetUtcNow(), here.Program) : StatusText.List(clusters));
        }
    }
}
