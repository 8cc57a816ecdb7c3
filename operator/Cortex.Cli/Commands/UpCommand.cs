using System.CommandLine;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Files;
using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Engine.Targets.Podman;
using k8s;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex up</c>: from nothing to a Ready cluster. Every stage first checks whether its work is already done.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);

    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var timeout = Durations.Option("--timeout", "How long to wait until the clusters are Ready. Default: 5m.");
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until the clusters are Ready." };
        var command = new ExampledCommand(
            "up",
            "Creates a Ready cluster: checks the machine, builds the image, starts the operator, applies the file. Can be repeated.",
            ("up", "the sample: one primary, one standby, TLS only"),
            ("up -f my.yaml --timeout 10m", "your own clusters")) { options.File, timeout, noWait, options.Namespace };
        command.SetAction(async (arguments, ct) =>
        {
            var manifests = await context.ReadManifestsAsync(arguments.GetValue(options.File) ?? Sample(context), ct);
            var ns = arguments.GetValue(options.Namespace)!;
            var stages = new Stages(context.Screen, context.Clock);
            await PrepareAsync(context, stages, [.. manifests.Select(ValidatedCluster.From)], ct);
            using var api = await StartOperatorAsync(context, stages, ct);
            var clusters = await ApplyAsync(stages, api, manifests, ns, ct);
            if (arguments.GetValue(noWait))
            {
                return ExitCodes.Done;
            }

            var ready = await new ReadyWait(context, api, stages).RunAsync(clusters, arguments.GetValue(timeout) ?? DefaultTimeout, ct);
            stages.Print(ready.All(StatusText.IsReady)
                ? "Ready"
                : $"accepting writes, but not complete; {context.Program} status shows what is missing");
            context.Screen.Print(ready.SelectMany(cluster => NextSteps.For(cluster, context.Program, context.State.Kubeconfig)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static string Sample(CommandContext context)
    {
        var sample = Path.Combine(context.Home ?? "", "manifests/samples/cortex.yaml");
        return context.Home is not null && File.Exists(sample)
            ? sample
            : throw new CommandException("there is no checkout with the sample", "name a file with -f FILE");
    }

    private static async Task PrepareAsync(
        CommandContext context, Stages stages, IReadOnlyList<CortexCluster> clusters, CancellationToken ct)
    {
        var findings = await new HostChecks(context.PodmanHere()).RunAsync(clusters, ct);
        if (findings.Any(finding => finding.Severity == Severity.Error))
        {
            context.Screen.Print(FindingText.Of(findings.Where(finding => finding.Severity == Severity.Error)));
            throw new CommandException(
                "this machine is not ready for a cluster", $"remedy the problems listed above; {context.Program} doctor lists them again");
        }

        stages.Print("this machine can run a cluster");
        context.Screen.Print(FindingText.Of(findings.Where(finding => finding.Severity == Severity.Warning)));
        foreach (var image in clusters.Select(cluster => cluster.Spec.Image).Distinct().Where(ImageBuild.Builds))
        {
            using var target = context.OpenPodman();
            if (await target.FindImageAsync(image, ct) is null)
            {
                stages.Print($"building the image {image}, once");
                await ImageBuild.RunAsync(image, context.Home, ct);
                stages.Print("built");
            }
        }
    }

    private static async Task<ClusterApi> StartOperatorAsync(CommandContext context, Stages stages, CancellationToken ct)
    {
        // If two commands begin at the same time, the second finds the operator that the first has started.
        using var turn = await context.State.LockStartAsync(context.Clock, ct);
        var background = new BackgroundOperator(context.State, context.Clock);
        if (background.Pid is not null && background.IsOutdated)
        {
            stages.Print("restarting the operator, because the program is newer; the databases keep running");
            await background.StopAsync(ct);
        }

        if (!await ServesAsync(context, ct))
        {
            await background.StopAsync(ct);
            await stages.ShowAsync("starting the operator", async report =>
            {
                report("starting the operator");
                await background.StartAsync(token => ServesAsync(context, token), ct);
                return true;
            });
        }

        stages.Print($"the operator runs; its log is {context.State.Log}");
        return context.OpenOwnApi();
    }

    internal static async Task<bool> ServesAsync(CommandContext context, CancellationToken ct)
    {
        try
        {
            using var api = context.OpenOwnApi();
            return await api.IsReadyAsync(ct);
        }
        catch (CommandException)
        {
            // The kubeconfig is missing or damaged: an operator writes it again when it starts.
            return false;
        }
    }

    private static async Task<IReadOnlyList<ClusterKey>> ApplyAsync(
        Stages stages, ClusterApi api, IReadOnlyList<Manifest> manifests, string ns, CancellationToken ct)
    {
        var keys = new List<ClusterKey>();
        foreach (var manifest in manifests)
        {
            try
            {
                var applied = await api.ApplyAsync(manifest.Content, ns, ct);
                stages.Print($"{applied.Key.Name} {applied.How}");
                keys.Add(new ClusterKey(applied.Key.Namespace, applied.Key.Name));
            }
            catch (KubernetesException refusal)
            {
                throw ApiMessages.Refused(refusal, manifest);
            }
        }

        return keys;
    }
}
