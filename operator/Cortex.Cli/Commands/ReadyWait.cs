using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Progress;
using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Cli.Commands;

/// <summary>Watches clusters until they are Ready, and gives up early where waiting is in vain.</summary>
internal sealed class ReadyWait(Surroundings here, ClusterApi api, Stages stages)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <returns>The clusters as they were when there was nothing more to wait for.</returns>
    /// <exception cref="CommandException">One cannot become Ready, or did not in time.</exception>
    public async Task<IReadOnlyList<CortexCluster>> RunAsync(IReadOnlyList<ClusterKey> clusters, TimeSpan timeout, CancellationToken ct)
    {
        var end = stages.Elapsed + timeout;
        var ready = new List<CortexCluster>();
        try
        {
            foreach (var cluster in clusters)
            {
                ready.Add(await stages.ShowAsync($"waiting for {cluster.Name}", tell => FollowAsync(cluster, end, tell, ct)));
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            here.Screen.Remark($"cortex: the operator goes on; {here.Program} up waits again, {here.Program} down stops it");
            throw;
        }

        return ready;
    }

    private async Task<CortexCluster> FollowAsync(ClusterKey key, TimeSpan end, Action<string> tell, CancellationToken ct)
    {
        await using var feed = api.Follow(key);
        var readiness = new Readiness(here.Clock);
        CortexCluster? last = null;
        while (stages.Elapsed < end)
        {
            var (heard, state) = await feed.NextAsync(Tick, ct);
            last = heard ? state ?? throw new CommandException($"{key} was deleted while it was waited for", "apply it again") : last;
            if (last is null)
            {
                await DemandOperatorAsync(heard, ct);
                continue;
            }

            tell(ProgressText.Of(last));
            if (Readiness.IsSettled(last) && await IsTrueAsync(key, last, ct))
            {
                return last;
            }

            if (readiness.InVain(last) is { } why)
            {
                throw new CommandException($"{key} cannot become Ready: {why}", $"remedy that; the operator goes on by itself, {here.Program} status shows how far it is");
            }

            await DemandOperatorAsync(heard, ct);
        }

        throw new CommandException(
            $"{key} is not Ready in time: {(last is null ? "the operator has not looked at it" : ProgressText.Of(last))}",
            $"the operator goes on: {here.Program} status, and {here.Program} logs operator");
    }

    /// <summary>A report may be older than the machine's last start: what it calls running must run.</summary>
    private async Task<bool> IsTrueAsync(ClusterKey key, CortexCluster cluster, CancellationToken ct)
    {
        using var podman = here.OpenPodman();
        var seen = await podman.ListAsync(key, ct);
        return cluster.Status!.Instances.Where(one => one.State is InstanceStates.Running or InstanceStates.Streaming)
            .All(one => seen.Pod(one.Name) is { State: PodState.Running });
    }

    /// <summary>Silence may mean that nothing changes, or that nobody is there any more.</summary>
    private async Task DemandOperatorAsync(bool heard, CancellationToken ct)
    {
        if (!heard && !await api.IsReadyAsync(ct))
        {
            throw new CommandException("the operator has ended", $"{here.Program} logs operator says why; then run up again");
        }
    }
}
