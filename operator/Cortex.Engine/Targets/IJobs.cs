using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>
/// Work on the volume of an instance that may take hours, in its own container. It goes on when the operator ends; <see
/// cref="Core.Planning.Inventory.Jobs"/> lists it until it is removed, and the events of the target report its end.
/// </summary>
public interface IJobs
{
    /// <summary>Starts the work and returns. An earlier job on the volume, running or not, is ended and removed first.</summary>
    Task StartJobAsync(Job job, CancellationToken ct);

    /// <summary>The end of the output of the job on the volume of an instance so far; empty where there is no job.</summary>
    Task<string> TailJobAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>How the job on the volume of an instance ended; null where there is no job, or it still runs.</summary>
    Task<OneShotResult?> ReadJobAsync(ClusterKey cluster, string instance, CancellationToken ct);

    /// <summary>Ends and removes the job on the volume of an instance, if there is one.</summary>
    Task EndJobAsync(ClusterKey cluster, string instance, CancellationToken ct);
}

/// <summary>A one-shot that no pass waits for; its timeout does not apply.</summary>
/// <param name="From">The primary of the new standby.</param>
/// <param name="Timeline">The timeline of the primary.</param>
/// <param name="Revision">The revision of the configuration that it writes.</param>
public sealed record Job(OneShot Work, string From, long Timeline, string Revision)
{
    /// <summary>The request for which it restores a backup; null for another job.</summary>
    public string? Restore { get; init; }

    /// <summary>The labels by which a later pass recognizes the job.</summary>
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

    /// <summary>The job with these labels; null where they are not the labels of a job.</summary>
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
