using System.CommandLine;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Cli.Progress;
using Cortex.Core.Api;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex promote INSTANCE</c>: says who shall be primary, and follows until it is so.</summary>
internal static class PromoteCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>What is held back for too long is seen without news, too.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    public static Command Create(Surroundings here)
    {
        var options = new SharedOptions();
        var instance = new Argument<string>("INSTANCE") { Description = "The instance that shall be the primary; any: the standby that has the most, if the primary is dead now." };
        var name = new Argument<string?>("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "The cluster; needed only for any, where there are several." };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it is done." };
        var timeout = Durations.Option("--timeout", "How long to wait. Default: 2m.");
        var command = new Verb(
            "promote",
            "Makes an instance the primary; the same as setting spec.promote with kubectl.",
            ("promote cortex-s1", "waits until it takes writes, and says how long each step took"),
            ("promote cortex-s1 --no-wait", "returns once the wish is written"),
            ("promote any", "whichever standby has the most, if the primary is dead"),
            ("promote any cortex", "the same, where there are several clusters")) { instance, name, noWait, timeout, options.Namespace, options.Kubeconfig };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = here.OpenApi(arguments, options);
            var target = arguments.GetValue(instance)!;
            var ns = arguments.GetValue(options.Namespace)!;
            var cluster = await ChooseAsync(api, ns, target, arguments.GetValue(name), ct);
            var key = cluster.Key();
            if (cluster.Status?.Primary != target && StatusText.SlotsLeftBehind(cluster.Status) is { } warning)
            {
                here.Screen.Remark(warning);
            }

            var patched = await AskAsync(api, cluster, target, ct) ?? throw Gone(key);
            if (arguments.GetValue(noWait))
            {
                here.Screen.Say($"asked for {target} to be the primary; {here.Program} status shows what becomes of it");
                return ExitCodes.Done;
            }

            try
            {
                Report(here, cluster, await FollowAsync(here, api, patched, target, arguments.GetValue(timeout) ?? Patience, ct), target);
                return ExitCodes.Done;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                here.Screen.Remark($"cortex: spec.promote still asks for {target}; {here.Program} status shows what becomes of it");
                throw;
            }
        });
        return command;
    }

    private static async Task<CortexCluster> ChooseAsync(ClusterApi api, string ns, string target, string? name, CancellationToken ct)
    {
        if (name is null && target != ClusterSpec.PromoteAny)
        {
            return await ClusterChoice.OwnerAsync(api, ns, target, ct);
        }

        var cluster = await ClusterChoice.ClusterAsync(api, ns, name, ct);
        return target == ClusterSpec.PromoteAny || ClusterChoice.InstancesOf(cluster).Contains(target) ? cluster
            : throw new CommandException($"the cluster {name} has no instance {target}", $"name one of {string.Join(", ", ClusterChoice.InstancesOf(cluster))}");
    }

    private static async Task<CortexCluster?> AskAsync(ClusterApi api, CortexCluster cluster, string target, CancellationToken ct)
    {
        var key = cluster.Key();
        if (target == ClusterSpec.PromoteAny && cluster.Spec.Promote == target)
        {
            // It is answered once for each edit: to ask again takes another one.
            await api.PromoteAsync(key, "", ct);
        }

        return await api.PromoteAsync(key, target, ct);
    }

    private static async Task<CortexCluster> FollowAsync(
        Surroundings here, ClusterApi api, CortexCluster patched, string target, TimeSpan timeout, CancellationToken ct)
    {
        var key = patched.Key();
        var started = here.Clock.GetTimestamp();
        await using var feed = api.Follow(key);
        var patience = new PromotionPatience(here.Clock);
        var (state, told) = (patched, "");
        while (here.Clock.GetElapsedTime(started) is var elapsed && elapsed < timeout)
        {
            var (heard, next) = await feed.NextAsync(timeout - elapsed < Tick ? timeout - elapsed : Tick, ct);
            state = heard ? next ?? throw Gone(key) : state;
            var step = PromotionProgress.Judge(state, target, patched.Metadata.Generation);
            if (patience.InVain(step))
            {
                throw new CommandException($"{(target == ClusterSpec.PromoteAny ? "no standby can" : $"{target} cannot")} be promoted: {step.Blocked}", "spec.promote still asks for it, and is heeded as soon as it can be; promote another to take it back");
            }

            if (step.Done)
            {
                return state;
            }

            if (step.Doing != told)
            {
                here.Screen.Remark(told = step.Doing);
            }
        }

        throw new CommandException($"{(target == ClusterSpec.PromoteAny ? "no standby is" : $"{target} is not")} the primary after {Spans.Rough(timeout)}", $"the operator goes on: {here.Program} status, and {here.Program} logs operator");
    }

    private static void Report(Surroundings here, CortexCluster before, CortexCluster after, string target)
    {
        var receipt = after.Status?.LastPromotion;
        var any = target == ClusterSpec.PromoteAny;
        here.Screen.Say(receipt is null || receipt == before.Status?.LastPromotion || (receipt.To != target && !any)
            ? [any ? $"the primary {after.Status?.Primary} lives; nothing was done" : $"{target} is the primary already; nothing was done"]
            : [StatusText.Receipt(receipt)]);
    }

    private static CommandException Gone(ClusterKey cluster) => new($"{cluster} was deleted", "apply it again");
}
