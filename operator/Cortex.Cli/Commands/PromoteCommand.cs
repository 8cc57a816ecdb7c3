using System.CommandLine;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Cli.Progress;
using Cortex.Core.Api;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex promote INSTANCE</c>: sets spec.promote, and waits until the instance is the primary.</summary>
internal static class PromoteCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);

    /// <summary>How often the state is judged again without news, because a promotion may be blocked for too long.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var instance = new Argument<string>("INSTANCE")
        {
            Description = "The instance that becomes the primary; any: the standby with the most data, if the primary is dead now.",
        };
        var name = new Argument<string?>("NAME")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The cluster; needed only with any, if there are several clusters.",
        };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it is done." };
        var timeout = Durations.Option("--timeout", "How long to wait. Default: 2m.");
        var command = new ExampledCommand(
            "promote",
            "Makes an instance the primary; the same as setting spec.promote with kubectl.",
            ("promote cortex-s1", "waits until it accepts writes, and prints the time of each step"),
            ("promote cortex-s1 --no-wait", "returns as soon as spec.promote is set"),
            ("promote any", "the standby with the most data, if the primary is dead"),
            ("promote any cortex", "the same, if there are several clusters"))
        {
            instance, name, noWait, timeout, options.Namespace, options.Kubeconfig,
        };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = context.OpenApi(arguments, options);
            var target = arguments.GetValue(instance)!;
            var ns = arguments.GetValue(options.Namespace)!;
            var cluster = await ChooseAsync(api, ns, target, arguments.GetValue(name), ct);
            TimeSpan? wait = arguments.GetValue(noWait) ? null : arguments.GetValue(timeout) ?? DefaultTimeout;
            await PromoteAsync(context, api, cluster, target, wait, ct);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task PromoteAsync(
        CommandContext context, ClusterApi api, CortexCluster cluster, string target, TimeSpan? wait, CancellationToken ct)
    {
        if (cluster.Status?.Primary != target && StatusText.SlotsLeftBehind(cluster.Status) is { } warning)
        {
            context.Screen.PrintError(warning);
        }

        var patched = await AskAsync(api, cluster, target, ct) ?? throw Gone(cluster.Key());
        if (wait is not { } timeout)
        {
            context.Screen.Print($"spec.promote is {target}; {context.Program} status shows the progress");
            return;
        }

        try
        {
            Report(context, cluster, await FollowAsync(context, api, patched, target, timeout, ct), target);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            context.Screen.PrintError($"cortex: spec.promote is still {target}; {context.Program} status shows the progress");
            throw;
        }
    }

    private static async Task<CortexCluster> ChooseAsync(ClusterApi api, string ns, string target, string? name, CancellationToken ct)
    {
        if (name is null && target != ClusterSpec.PromoteAny)
        {
            return await ClusterChoice.OwnerAsync(api, ns, target, ct);
        }

        var cluster = await ClusterChoice.ClusterAsync(api, ns, name, ct);
        return target == ClusterSpec.PromoteAny || ClusterChoice.InstancesOf(cluster).Contains(target) ? cluster
            : throw new CommandException(
                $"the cluster {name} has no instance {target}", $"name one of {string.Join(", ", ClusterChoice.InstancesOf(cluster))}");
    }

    private static async Task<CortexCluster?> AskAsync(ClusterApi api, CortexCluster cluster, string target, CancellationToken ct)
    {
        var key = cluster.Key();
        if (target == ClusterSpec.PromoteAny && cluster.Spec.Promote == target)
        {
            // The operator answers "any" once for each edit of the field: a repeated request needs another edit.
            await api.PromoteAsync(key, "", ct);
        }

        return await api.PromoteAsync(key, target, ct);
    }

    private static async Task<CortexCluster> FollowAsync(
        CommandContext context, ClusterApi api, CortexCluster patched, string target, TimeSpan timeout, CancellationToken ct)
    {
        var key = patched.Key();
        var started = context.Clock.GetTimestamp();
        await using var feed = api.Follow(key);
        var blocked = new BlockedPromotionWait(context.Clock);
        var (state, work) = (patched, new OperatorWork(context.Screen, context.Clock));
        while (context.Clock.GetElapsedTime(started) is var elapsed && elapsed < timeout)
        {
            var (changed, next) = await feed.NextAsync(timeout - elapsed < CheckInterval ? timeout - elapsed : CheckInterval, ct);
            state = changed ? next ?? throw Gone(key) : state;
            var step = PromotionProgress.Judge(state, target, patched.Metadata.Generation);
            if (blocked.ShouldGiveUp(step))
            {
                throw new CommandException(
                    $"{(target == ClusterSpec.PromoteAny ? "no standby can" : $"{target} cannot")} be promoted: {step.Blocked}",
                    "spec.promote is kept and followed as soon as it is possible; to withdraw it, promote another instance");
            }

            if (step.Done)
            {
                return state;
            }

            work.Report(step.Activity);
        }

        var subject = target == ClusterSpec.PromoteAny ? "no standby is" : $"{target} is not";
        throw new CommandException(
            $"{subject} the primary after {DurationText.Rounded(timeout)}",
            $"the operator continues: see {context.Program} status and {context.Program} logs operator");
    }

    private static void Report(CommandContext context, CortexCluster before, CortexCluster after, string target)
    {
        var receipt = after.Status?.LastPromotion;
        var any = target == ClusterSpec.PromoteAny;
        context.Screen.Print(receipt is null || receipt == before.Status?.LastPromotion || (receipt.To != target && !any)
            ? [
                any
                    ? $"the primary {after.Status?.Primary} is alive; nothing was done"
                    : $"{target} is the primary already; nothing was done",
            ]
            : [StatusText.Receipt(receipt)]);
    }

    private static CommandException Gone(ClusterKey cluster) => new($"{cluster} was deleted", "apply it again");
}
