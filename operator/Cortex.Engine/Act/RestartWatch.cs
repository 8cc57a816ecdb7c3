using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>
/// Looks, while somebody waits for an instance, whether its PostgreSQL ends as often as it is started: with a setting that it cannot start
/// with, no wait would help; or is stopped for good, by somebody or by Podman's end of its pod. Podman counts restarts only from 4.6 on, so
/// the times of its starts are told apart.
/// </summary>
internal sealed class RestartWatch(
    IInventorySource inventories, IInstanceLogs logs, ClusterKey cluster, string instance, TimeProvider clock)
{
    private const int TooOften = 3;

    /// <summary>Starts are told by the second.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    /// <summary>Looks at a pod that cannot start; a volume that is on its way is such a trouble, too, for a moment.</summary>
    private const int TooLong = 15;

    private readonly HashSet<DateTimeOffset> starts = [];
    private int troubles;
    private long last = clock.GetTimestamp();

    /// <exception cref="TargetException">
    /// It was started several times since the first look, cannot start, or does not run any more.
    /// </exception>
    public async Task LookAsync(CancellationToken ct)
    {
        if (clock.GetElapsedTime(last) < Between)
        {
            return;
        }

        last = clock.GetTimestamp();
        var pod = (await inventories.ListAsync(cluster, ct)).Pod(instance);
        if (pod is { State: PodState.Exited })
        {
            throw new TargetException($"{instance} was stopped while it was waited for; it is started again");
        }

        if (pod?.StartedAt is { } start && starts.Add(start) && starts.Count >= TooOften)
        {
            var words = LastWords.Of(await logs.ReadLogAsync(cluster, instance, ct)) ?? "nothing";
            throw new TargetException($"{instance} ends as often as it is started; it last said: {words}");
        }

        troubles = pod?.Trouble is null ? 0 : troubles + 1;
        if (troubles >= TooLong)
        {
            throw new TargetException($"{instance} cannot start: {pod!.Trouble}");
        }
    }
}
