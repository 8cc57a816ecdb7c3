using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Progress;
using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Cli.Commands;

/// <summary>Watches clusters until they are Ready, and gives up early if a cluster cannot become Ready.</summary>
internal sealed class ReadyWait(CommandContext context, ClusterApi api, Stages stages)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    /// <returns>The clusters in the state that ended the wait.</returns>
    /// <exception cref="CommandException">A cluster cannot become Ready, or did not become Ready in time.</exception>
    public async Task<IReadOnlyList<CortexCluster>> RunAsync(IReadOnlyList<ClusterKey> clusters, TimeSpan timeout, CancellationToken ct)
    {
        var end = stages.Elapsed + timeout;
        var ready = new List<CortexCluster>();
        try
        {
            foreach (var cluster in clusters)
            {
                ready.Add(await stages.ShowAsync($"waiting for {cluster.Name}", report => FollowAsync(cluster, end, report, ct)));
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            context.Screen.PrintError(
                $"cortex: the operator continues; {context.Program} up waits again, {context.Program} down stops the operator");
            throw;
        }

        return ready;
    }

    private async Task<CortexCluster> FollowAsync(ClusterKey key, TimeSpan end, Action<string> report, CancellationToken ct)
    {
        await using var feed = api.Follow(key);
        var readiness = new Readiness(context.Clock);
        CortexCluster? last = null;
        while (stages.Elapsed < end)
        {
            var (changed, state) = await feed.NextAsync(CheckInterval, ct);
            last = changed ? state ?? throw new CommandException($"{key} was deleted during the wait", "apply it again") : last;
            if (last is null)
            {
                await RequireOperatorAsync(changed, ct);
                continue;
            }

            report(ProgressText.Of(last));
            if (Readiness.IsSettled(last) && await IsTrueAsync(key, last, ct))
            {
                return last;
            }

            if (readiness.WhyGiveUp(last) is { } why)
            {
                throw new CommandException(
                    $"{key} cannot become Ready: {why}",
                    $"remedy this; the operator continues by itself, and {context.Program} status shows the progress");
            }

            await RequireOperatorAsync(changed, ct);
        }

        throw new CommandException(
            $"{key} is not Ready in time: {(last is null ? "the operator has not reconciled it yet" : ProgressText.Of(last))}",
            $"the operator continues: see {context.Program} status and {context.Program} logs operator");
    }

    /// <summary>A status may be older than the last start of the machine: the pods of running instances must really run.</summary>
    private async Task<bool> IsTrueAsync(ClusterKey key, CortexCluster cluster, CancellationToken ct)
    {
        using var podman = context.OpenPodman();
        var seen = await podman.ListAsync(key, ct);
        return cluster.Status!.Instances.Where(instance => instance.State is InstanceStates.Running or InstanceStates.Streaming)
            .All(instance => seen.Pod(instance.Name) is { State: PodState.Running });
    }

    /// <summary>If the watch reports no change, the operator may have ended.</summary>
    private async Task RequireOperatorAsync(bool changed, CancellationToken ct)
    {
        if (!changed && !await api.IsReadyAsync(ct))
        {
            throw new CommandException("the operator has ended", $"{context.Program} logs operator shows the reason; then run up again");
        }
    }
}
