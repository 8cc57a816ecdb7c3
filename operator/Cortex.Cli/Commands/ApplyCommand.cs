using System.CommandLine;
using Cortex.Cli.Api;
using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using k8s;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex apply -f FILE</c>.</summary>
internal static class ApplyCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        options.File.Required = true;
        var command = new ExampledCommand(
            "apply",
            "Creates or changes the clusters of a YAML file, as kubectl apply does.",
            ("apply -f manifests/samples/cortex.yaml", "from a file"),
            ("apply -f - < cortex.yaml", "from standard input")) { options.File, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            var manifests = await context.ReadManifestsAsync(arguments.GetValue(options.File)!, ct);
            using var api = context.OpenApi(arguments, options);
            var refused = false;
            foreach (var manifest in manifests)
            {
                refused |= !await ApplyAsync(context, api, manifest, arguments.GetValue(options.Namespace)!, ct);
            }

            return refused ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    /// <summary>A refused document does not prevent the others from being applied, as with kubectl.</summary>
    private static async Task<bool> ApplyAsync(CommandContext context, ClusterApi api, Manifest manifest, string ns, CancellationToken ct)
    {
        try
        {
            ValidatedCluster.From(manifest);
            var applied = await api.ApplyAsync(manifest.Content, ns, ct);
            context.Screen.Print($"cortexcluster.cortex.bicameral.dev/{applied.Key.Name} {applied.How}");
            return true;
        }
        catch (KubernetesException refusal)
        {
            CommandLine.PrintFailure(ApiMessages.Refused(refusal, manifest), context);
            return false;
        }
        catch (CommandException refusal)
        {
            CommandLine.PrintFailure(refusal, context);
            return false;
        }
    }
}
