using System.CommandLine;
using Cortex.ApiServer;
using Cortex.ApiServer.Storage;
using Cortex.Cli.Api;
using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;
using Cortex.Operator.LocalState;
using Cortex.Operator.Wiring;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex down</c>: stops and removes what is ours. Each part works whatever became of the others.</summary>
internal static class DownCommand
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    public static Command Create(Surroundings here)
    {
        var volumes = new Option<bool>("--volumes") { Description = "Also delete the data and the store of the embedded API." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new Verb(
            "down",
            "Stops the operator and removes its pods, containers, secrets and networks. The data stay, and the next up finds them.",
            ("down", "the next up brings the same clusters back, with the same primary"),
            ("down --volumes", "nothing is left, the data neither")) { volumes, yes };
        command.SetAction(async (arguments, ct) =>
        {
            var all = arguments.GetValue(volumes);
            if (all && !arguments.GetValue(yes))
            {
                await DemandYesAsync(here, ct);
            }

            var count = await RemoveAsync(here, all, ct);
            here.Screen.Say(count == 0 ? "there was nothing to remove" : all ? "everything is removed, but for the images: podman image ls lists them" : $"the data are kept; {here.Program} up brings the clusters back");
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task DemandYesAsync(Surroundings here, CancellationToken ct)
    {
        if (here.Answer is not { } answer)
        {
            throw new CommandException("nothing was removed: --volumes deletes the data, and there is no terminal to ask on", $"say {here.Program} down --volumes --yes");
        }

        here.Screen.Output.Write("This deletes the data of every cluster that this control plane made. Type yes to go on: ");
        try
        {
            // A read of a terminal cannot be cancelled: it is left behind.
            if ((await Task.Run(answer, ct).WaitAsync(ct))?.Trim() is not "yes")
            {
                throw new CommandException("nothing was removed", "answer yes, or pass --yes");
            }
        }
        catch (OperationCanceledException)
        {
            here.Screen.Say();
            here.Screen.Remark("cortex: nothing was removed");
            throw;
        }
    }

    private static async Task<int> RemoveAsync(Surroundings here, bool all, CancellationToken ct)
    {
        var count = 0;
        if (await new BackgroundOperator(here.State, here.Clock).StopAsync(ct))
        {
            Removed("operator");
        }

        var stored = here.State.HasStore ? await StoredAsync(here, ct) : [];
        var ours = stored.Union(new ClusterLedger(here.State).Read()).ToHashSet();
        var options = here.PodmanHere();
        using var service = new PodmanService(options);
        bool shared;
        using (var podman = new LibpodClient(service.Socket, service.ConnectAsync))
        using (var target = here.OpenPodman())
        {
            var others = await new PodmanSweep(podman, target, target, target, Removed).RunAsync(ours, all, ct);
            Mention(here, others);
            shared = others.Count > 0 || options.Socket is not null;
        }

        if (!shared)
        {
            await StopServiceAsync(service, here.Clock, ct);
            if (all)
            {
                await service.RemoveFilesAsync(ct);
            }
        }

        foreach (var file in all ? here.State.RemoveFiles() : [])
        {
            Removed(Path.Combine(here.State.Path, file));
        }

        return count;

        void Removed(string what)
        {
            Interlocked.Increment(ref count);
            here.Screen.Say($"removed {what}");
        }
    }

    private static void Mention(Surroundings here, IReadOnlyList<ClusterKey> others)
    {
        if (others.Count > 0)
        {
            here.Screen.Remark($"left alone, because {here.State.Path} knows nothing of them: {string.Join(", ", others)}");
            here.Screen.Remark($"  if their control plane is gone: podman ps -a --filter label={Labels.ManagedBy}={Labels.ManagedByValue}, and the same for volume ls, secret ls, network ls");
        }
    }

    /// <summary>The store is asked through an API of its own, for a moment: that is the one way in, whether an operator lived or not.</summary>
    private static async Task<IReadOnlyList<ClusterKey>> StoredAsync(Surroundings here, CancellationToken ct)
    {
        try
        {
            var options = new ApiServerOptions { StateDirectory = here.State.Path, Definitions = CustomResources.Definitions() };
            await using var server = await ApiServer.ApiServer.StartAsync(options, NullLoggerFactory.Instance, here.Clock, ct);
            using var api = new ClusterApi(server.KubeconfigPath, here.Clock);
            var clusters = await api.ListAsync("", ct);
            await Task.WhenAll(clusters.Select(cluster => api.WithdrawReportAsync(cluster, ct)));
            return [.. clusters.Select(cluster => cluster.Key())];
        }
        catch (InvalidOperationException e)
        {
            throw new CommandException($"an operator that up did not start uses {here.State.Path}", $"end that one ({here.Program} run), then run down again", e);
        }
        catch (StoreException e)
        {
            here.Screen.Remark($"cortex: the store cannot be read ({e.Message}); going by the ledger of clusters");
            return [];
        }
    }

    private static async Task StopServiceAsync(PodmanService service, TimeProvider clock, CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        foreach (var pid in service.OwnProcesses())
        {
            Native.Terminate(pid);
        }

        while (service.OwnProcesses() is { Count: > 0 } left)
        {
            foreach (var pid in clock.GetElapsedTime(asked) > StopLimit ? left : [])
            {
                Native.KillAtOnce(pid);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, ct);
        }
    }
}
