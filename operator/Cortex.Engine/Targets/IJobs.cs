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
/// <param name="Revision">The revision of the configuration that it writes.</param>
public sealed record Job(OneShot Work, JobKind Kind, string Revision)
{
    /// <summary>Of a join: the primary of the new standby.</summary>
    public string? From { get; init; }

    /// <summary>Of a join: the timeline of the primary.</summary>
    public long? Timeline { get; init; }

    /// <summary>Of a restore: the request that it is for.</summary>
    public string? Restore { get; init; }

    public static Job OfJoin(OneShot work, string from, long timeline, string revision) =>
        new(work, JobKind.Join, revision) { From = from, Timeline = timeline };

    public static Job OfRestore(OneShot work, string request, string revision) =>
        new(work, JobKind.Restore, revision) { Restore = request };

    /// <summary>The labels by which a later pass recognizes the job.</summary>
    public Dictionary<string, string> Labels
    {
        get
        {
            var instance = Work.Instance ?? throw new InvalidOperationException("a job works on the volume of an instance");
            var labels = Core.Naming.Labels.OfJob(Work.Cluster, instance, Word(Kind), Revision);
            if (From is { } from)
            {
                labels[Core.Naming.Labels.JoinFrom] = from;
            }

            if (Timeline is { } timeline)
            {
                labels[Core.Naming.Labels.JoinTimeline] = timeline.ToString(CultureInfo.InvariantCulture);
            }

            if (Restore is { } request)
            {
                labels[Core.Naming.Labels.Restore] = request;
            }

            return labels;
        }
    }

    /// <summary>The job with these labels; null where they are not the labels of a job that this version knows.</summary>
    public static JobSeen? Seen(IReadOnlyDictionary<string, string>? labels, int? exitCode)
    {
        if (labels is null || !labels.TryGetValue(Core.Naming.Labels.JobOf, out var instance))
        {
            return null;
        }

        var seen = KindOf(labels) switch
        {
            JobKind.Restore when labels.TryGetValue(Core.Naming.Labels.Restore, out var request) =>
                JobSeen.OfRestore(instance, request, exitCode),
            JobKind.Join when labels.TryGetValue(Core.Naming.Labels.JoinFrom, out var from) && TimelineOf(labels) is { } timeline =>
                JobSeen.OfJoin(instance, from, timeline, exitCode),
            _ => null,
        };
        return seen is null ? null : seen with { Revision = labels.GetValueOrDefault(Core.Naming.Labels.Revision) };
    }

    /// <summary>A job that an earlier version started has no label for its kind: there, only a restore had a request.</summary>
    private static JobKind? KindOf(IReadOnlyDictionary<string, string> labels) =>
        labels.TryGetValue(Core.Naming.Labels.JobKind, out var word)
            ? Enum.GetValues<JobKind>().Cast<JobKind?>().FirstOrDefault(kind => Word(kind!.Value) == word)
            : labels.ContainsKey(Core.Naming.Labels.Restore) ? JobKind.Restore : JobKind.Join;

    private static long? TimelineOf(IReadOnlyDictionary<string, string> labels) =>
        long.TryParse(
            labels.GetValueOrDefault(Core.Naming.Labels.JoinTimeline), NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
            ? timeline : null;

    private static string Word(JobKind kind) => kind.ToString().ToLowerInvariant();
}
