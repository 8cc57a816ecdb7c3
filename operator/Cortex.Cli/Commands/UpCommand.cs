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

/// <summary><c>cortex up</c>: from nothing to a Ready cluster. Every stage finds out first whether it is done already.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        var timeout = Durations.Option("--timeout", "How long to wait until it is Ready. Default: 5m.");
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it is Ready." };
        var command = new Verb(
            "up",
            "From nothing to a Ready cluster: checks the machine, builds the image, starts the operator, applies the file. Safe to run again.",
            ("up", "the sample: one primary, one standby, TLS only"),
            ("up -f my.yaml --timeout 10m", "your own clusters")) { options.File, timeout, noWait, options.Namespace };
        command.SetAction(async (arguments, ct) =>
        {
            var manifests = await Manifests.ReadAsync(arguments.GetValue(options.File) ?? Sample(here), System.Console.In, ct);
            var ns = arguments.GetValue(options.Namespace)!;
            var stages = new Stages(here.Screen, here.Clock);
            await PrepareAsync(here, stages, [.. manifests.Select(Planned.From)], ct);
            using var api = await StartOperatorAsync(here, stages, ct);
            var clusters = await ApplyAsync(stages, api, manifests, ns, ct);
            if (arguments.GetValue(noWait))
            {
                return ExitCodes.Done;
            }

            var ready = await new ReadyWait(here, api, stages).RunAsync(clusters, arguments.GetValue(timeout) ?? Patience, ct);
            stages.Say(ready.All(StatusText.IsReady) ? "Ready" : $"serving, though not complete; {here.Program} status says what is missing");
            here.Screen.Say(ready.SelectMany(cluster => NextSteps.For(cluster, here.Program, here.State.Kubeconfig)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static string Sample(Surroundings here)
    {
        var sample = Path.Combine(here.Home ?? "", "manifests/samples/cortex.yaml");
        return here.Home is not null && File.Exists(sample)
            ? sample
            : throw new CommandException("there is no checkout to take the sample from", "name a file with -f FILE");
    }

    private static async Task PrepareAsync(Surroundings here, Stages stages, IReadOnlyList<CortexCluster> clusters, CancellationToken ct)
    {
        var findings = await new HostChecks(here.PodmanHere()).RunAsync(clusters, ct);
        if (findings.Any(one => one.Severity == Severity.Error))
        {
            here.Screen.Say(FindingText.Of(findings.Where(one => one.Severity == Severity.Error)));
            throw new CommandException("this machine is not ready for a cluster", $"remedy what is listed above; {here.Program} doctor lists it again");
        }

        stages.Say("this machine has what a cluster needs");
        here.Screen.Say(FindingText.Of(findings.Where(one => one.Severity == Severity.Warning)));
        foreach (var image in clusters.Select(one => one.Spec.Image).Distinct().Where(ImageBuild.Builds))
        {
            using var target = here.OpenPodman();
            if (await target.FindImageAsync(image, ct) is null)
            {
                stages.Say($"building the image {image}, once");
                await ImageBuild.RunAsync(image, here.Home, ct);
                stages.Say("built");
            }
        }
    }

    private static async Task<ClusterApi> StartOperatorAsync(Surroundings here, Stages stages, CancellationToken ct)
    {
        // Of two that begin at once, the second finds what the first has started.
        using var turn = await here.State.TakeTurnAsync(here.Clock, ct);
        var background = new BackgroundOperator(here.State, here.Clock);
        if (background.Pid is not null && background.IsOutdated)
        {
            stages.Say("restarting the operator, because the program is newer; the databases run on");
            await background.StopAsync(ct);
        }

        if (!await ServesAsync(here, ct))
        {
            await background.StopAsync(ct);
            await stages.ShowAsync("starting the operator", async tell =>
            {
                tell("starting the operator");
                await background.StartAsync(token => ServesAsync(here, token), ct);
                return true;
            });
        }

        stages.Say($"the operator runs; its log is {here.State.Log}");
        return here.OpenOwnApi();
    }

    internal static async Task<bool> ServesAsync(Surroundings here, CancellationToken ct)
    {
        try
        {
            using var api = here.OpenOwnApi();
            return await api.IsReadyAsync(ct);
        }
        catch (CommandException)
        {
            // No kubeconfig, or a damaged one: an operator writes it anew when it starts.
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
                stages.Say($"{applied.Key.Name} {applied.How}");
                keys.Add(new ClusterKey(applied.Key.Namespace, applied.Key.Name));
            }
            catch (KubernetesException refusal)
            {
                throw ApiWords.Refused(refusal, manifest);
            }
        }

        return keys;
    }
}
