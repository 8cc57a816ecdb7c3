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

/// <summary><c>cortex down</c>: stops and removes what <c>up</c> created. Each part works even if another part is missing.</summary>
internal static class DownCommand
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    public static Command Create(CommandContext context)
    {
        var volumes = new Option<bool>("--volumes") { Description = "Also delete the data and the store of the embedded API." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new ExampledCommand(
            "down",
            "Stops the operator and removes its pods, containers, secrets and networks. The data are kept for the next up.",
            ("down", "the next up brings the same clusters back, with the same primary"),
            ("down --volumes", "also deletes the data; nothing is left")) { volumes, yes };
        command.SetAction(async (arguments, ct) =>
        {
            var all = arguments.GetValue(volumes);
            if (all && !arguments.GetValue(yes))
            {
                await ConfirmAsync(context, ct);
            }

            var count = await RemoveAsync(context, all, ct);
            context.Screen.Print((count, all) switch
            {
                (0, _) => "there was nothing to remove",
                (_, true) => "everything is removed except the images, which podman image ls lists",
                _ => $"the data are kept; {context.Program} up brings the clusters back",
            });
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task ConfirmAsync(CommandContext context, CancellationToken ct)
    {
        if (context.Answer is not { } answer)
        {
            throw new CommandException(
                "nothing was removed: --volumes deletes the data, and there is no terminal for a confirmation",
                $"run {context.Program} down --volumes --yes");
        }

        context.Screen.Output.Write("This deletes the data of every cluster that this control plane created. Type yes to continue: ");
        try
        {
            // A read from a terminal cannot be cancelled, so the read is abandoned.
            if ((await Task.Run(answer, ct).WaitAsync(ct))?.Trim() is not "yes")
            {
                throw new CommandException("nothing was removed", "answer yes, or pass --yes");
            }
        }
        catch (OperationCanceledException)
        {
            context.Screen.Print();
            context.Screen.PrintError("cortex: nothing was removed");
            throw;
        }
    }

    private static async Task<int> RemoveAsync(CommandContext context, bool all, CancellationToken ct)
    {
        var count = 0;
        if (await new BackgroundOperator(context.State, context.Clock).StopAsync(ct))
        {
            Removed("operator");
        }

        var stored = context.State.HasStore ? await StoredAsync(context, ct) : [];
        var own = stored.Union(new ClusterLedger(context.State).Read()).ToHashSet();
        var options = context.PodmanHere();
        using var service = new PodmanService(options);
        bool shared;
        using (var podman = new LibpodClient(service.Socket, service.ConnectAsync))
        using (var target = context.OpenPodman())
        {
            var others = await new PodmanCleanup(podman, target, Removed).RunAsync(own, all, ct);
            ReportForeign(context, others);
            shared = others.Count > 0 || options.Socket is not null;
        }

        if (!shared)
        {
            await StopServiceAsync(service, context.Clock, ct);
            if (all)
            {
                await service.RemoveFilesAsync(ct);
            }
        }

        foreach (var file in all ? context.State.RemoveFiles() : [])
        {
            Removed(Path.Combine(context.State.Path, file));
        }

        return count;

        void Removed(string what)
        {
            Interlocked.Increment(ref count);
            context.Screen.Print($"removed {what}");
        }
    }

    private static void ReportForeign(CommandContext context, IReadOnlyList<ClusterKey> others)
    {
        if (others.Count > 0)
        {
            context.Screen.PrintError($"not removed, because {context.State.Path} does not list them: {string.Join(", ", others)}");
            var list = $"podman ps -a --filter label={Labels.ManagedBy}={Labels.ManagedByValue}";
            context.Screen.PrintError(
                $"  if their control plane no longer exists: {list}, and the same for volume ls, secret ls, network ls");
        }
    }

    /// <summary>
    /// The clusters in the store. An API server is started for a moment to read it, because that works whether or not an operator ran
    /// before.
    /// </summary>
    private static async Task<IReadOnlyList<ClusterKey>> StoredAsync(CommandContext context, CancellationToken ct)
    {
        try
        {
            var options = new ApiServerOptions { StateDirectory = context.State.Path, Definitions = CustomResources.Definitions() };
            await using var server = await ApiServer.ApiServer.StartAsync(options, NullLoggerFactory.Instance, context.Clock, ct);
            using var api = new ClusterApi(server.KubeconfigPath, context.Clock);
            var clusters = await api.ListAsync("", ct);
            await Task.WhenAll(clusters.Select(cluster => api.WithdrawReportAsync(cluster, ct)));
            return [.. clusters.Select(cluster => cluster.Key())];
        }
        catch (InvalidOperationException e)
        {
            throw new CommandException(
                $"an operator that up did not start uses {context.State.Path}",
                $"stop that operator ({context.Program} run), then run down again",
                e);
        }
        catch (StoreException e)
        {
            context.Screen.PrintError($"cortex: the store cannot be read ({e.Message}); using the ledger of clusters instead");
            return [];
        }
    }

    private static async Task StopServiceAsync(PodmanService service, TimeProvider clock, CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        foreach (var pid in service.OwnProcesses())
        {
            PosixCalls.Terminate(pid);
        }

        while (service.OwnProcesses() is { Count: > 0 } left)
        {
            foreach (var pid in clock.GetElapsedTime(asked) > StopTimeout ? left : [])
            {
                PosixCalls.Kill(pid);
            }

            await Task.Delay(PollInterval, clock, ct);
        }
    }
}
