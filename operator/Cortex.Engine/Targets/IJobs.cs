using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>
/// Work on an instance's volume that may take hours, in a container of its own. It goes on when the operator ends; <see
/// cref="Core.Planning.Inventory.Jobs"/> lists it until it is removed, and the target's events tell when it ends.
/// </summary>
public interface IJobs
{
    /// <summary>Starts the work and returns. What works on the volume at that moment, or did, is ended and removed first.</summary>
    Task StartJobAsync(Job job, CancellationToken ct);

    /// <summary>The end of what the job on the volume of an instance has written so far; empty where there is none.</summary>
    Task<string> TailJobAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>How the job on the volume of an instance ended; null where there is none, or it still runs.</summary>
    Task<OneShotResult?> ReadJobAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Ends the job on the volume of an instance, where there is one, and removes it.</summary>
    Task EndJobAsync(ClusterKey cluster, string instance, CancellationToken ct);
}

/// <summary>A one-shot that is not waited for; its timeout does not apply.</summary>
/// <param name="From">The primary that the instance is made a standby of.</param>
/// <param name="Timeline">That of the primary.</param>
/// <param name="Revision">The revision of the configuration that it writes.</param>
public sealed record Job(OneShot Work, string From, long Timeline, string Revision)
{
    /// <summary>The request that it restores a backup for; null for another job.</summary>
    public string? Restore { get; init; }

    /// <summary>By which it is known to whoever looks later.</summary>
    public Dictionary<string, string> Labels
    {
        get
        {
            var labels = Core.Naming.Labels.OfJob(
                Work.Cluster,
                Work.Instance ?? throw new InvalidOperationException("a job works on the volume of an instance"),
                From,
                Timeline,
                Revision);
            if (Restore is { } request)
            {
                labels[Core.Naming.Labels.Restore] = request;
            }

            return labels;
        }
    }

    /// <summary>The job that bears these labels; null where they are not those of a job.</summary>
    public static JobSeen? Seen(IReadOnlyDictionary<string, string>? labels, int? exitCode) =>
        labels is not null
        && labels.TryGetValue(Core.Naming.Labels.JobOf, out var instance)
        && labels.TryGetValue(Core.Naming.Labels.JoinFrom, out var from)
        && long.TryParse(
            labels.GetValueOrDefault(Core.Naming.Labels.JoinTimeline), NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
            ? new JobSeen(instance, from, timeline, exitCode)
            {
                Revision = labels.GetValueOrDefault(Core.Naming.Labels.Revision),
                Restore = labels.GetValueOrDefault(Core.Naming.Labels.Restore),
            }
            : null;
}
