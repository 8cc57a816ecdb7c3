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
    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        options.File.Required = true;
        var command = new Verb(
            "apply",
            "Makes clusters what a YAML file says, as kubectl apply does.",
            ("apply -f manifests/samples/cortex.yaml", "from a file"),
            ("apply -f - < cortex.yaml", "from standard input")) { options.File, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            var manifests = await Manifests.ReadAsync(arguments.GetValue(options.File)!, System.Console.In, ct);
            using var api = here.OpenApi(arguments, options);
            var refused = false;
            foreach (var manifest in manifests)
            {
                refused |= !await ApplyAsync(here, api, manifest, arguments.GetValue(options.Namespace)!, ct);
            }

            return refused ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    /// <summary>One refusal does not keep the other documents from being applied: kubectl does so, too.</summary>
    private static async Task<bool> ApplyAsync(Surroundings here, ClusterApi api, Manifest manifest, string ns, CancellationToken ct)
    {
        try
        {
            Planned.From(manifest);
            var applied = await api.ApplyAsync(manifest.Content, ns, ct);
            here.Screen.Say($"cortexcluster.cortex.bicameral.dev/{applied.Key.Name} {applied.How}");
            return true;
        }
        catch (KubernetesException refusal)
        {
            CommandLine.Remark(ApiWords.Refused(refusal, manifest), here);
            return false;
        }
        catch (CommandException refusal)
        {
            CommandLine.Remark(refusal, here);
            return false;
        }
    }
}
