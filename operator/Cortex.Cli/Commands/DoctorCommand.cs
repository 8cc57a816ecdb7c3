using System.CommandLine;
using System.Text.Json;
using Cortex.Cli.Console;
using Cortex.Cli.Files;
using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Engine.Targets.Podman;
using k8s.Models;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex doctor</c>: what on this machine prevents a cluster from running.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var command = new ExampledCommand(
            "doctor",
            "Checks whether this machine can run a cluster, and prints a remedy for each problem. Exit code 1: it cannot.",
            ("doctor", "for the sample: its ports, its image"),
            ("doctor -f my.yaml", "for your own clusters"),
            ("doctor -o json", "severity, what is wrong and remedy, for scripts")) { options.File, options.Output };
        command.SetAction(async (arguments, ct) =>
        {
            IReadOnlyList<CortexCluster> clusters = arguments.GetValue(options.File) is { } file
                ? [.. (await context.ReadManifestsAsync(file, ct)).Select(ValidatedCluster.From)]
                : [new CortexCluster { Metadata = new V1ObjectMeta { Name = "cortex" } }];
            var findings = await new HostChecks(context.PodmanHere()).RunAsync(clusters, ct);
            Print(context, findings, arguments.GetValue(options.Output));
            return findings.Any(finding => finding.Severity == Severity.Error) ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static void Print(CommandContext context, IReadOnlyList<Finding> findings, OutputForm form)
    {
        if (form == OutputForm.Json)
        {
            context.Screen.Print(
                JsonSerializer.Serialize(
                    findings.Select(finding => new { Severity = finding.Severity.ToString(), finding.What, finding.Remedy }), Form));
            return;
        }

        context.Screen.Print(FindingText.Of(findings));
        context.Screen.Print(findings.Any(finding => finding.Severity == Severity.Error)
            ? "This machine cannot run a cluster."
            : "This machine can run a cluster.");
    }
}
