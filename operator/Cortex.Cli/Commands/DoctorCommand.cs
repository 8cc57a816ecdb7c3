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

/// <summary><c>cortex doctor</c>: what on this machine is in the way.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        var command = new Verb(
            "doctor",
            "Looks for what on this machine is in the way of a cluster, and says the remedy. Exit code 1: something is.",
            ("doctor", "for the sample: its ports, its image"),
            ("doctor -f my.yaml", "for your own clusters"),
            ("doctor -o json", "severity, what and remedy, for scripts")) { options.File, options.Output };
        command.SetAction(async (arguments, ct) =>
        {
            IReadOnlyList<CortexCluster> clusters = arguments.GetValue(options.File) is { } file
                ? [.. (await Manifests.ReadAsync(file, System.Console.In, ct)).Select(Planned.From)]
                : [new CortexCluster { Metadata = new V1ObjectMeta { Name = "cortex" } }];
            var findings = await new HostChecks(here.PodmanHere()).RunAsync(clusters, ct);
            Print(here, findings, arguments.GetValue(options.Output));
            return findings.Any(one => one.Severity == Severity.Error) ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static void Print(Surroundings here, IReadOnlyList<Finding> findings, OutputForm form)
    {
        if (form == OutputForm.Json)
        {
            here.Screen.Say(JsonSerializer.Serialize(findings.Select(one => new { Severity = one.Severity.ToString(), one.What, one.Remedy }), Form));
            return;
        }

        here.Screen.Say(FindingText.Of(findings));
        here.Screen.Say(findings.Any(one => one.Severity == Severity.Error) ? "Something is in the way." : "Nothing is in the way.");
    }
}
