using Cortex.Cli.Console;
using Cortex.Core.Api;

namespace Cortex.Cli.Progress;

/// <summary>
/// Whether it makes sense to wait longer for a cluster. Some problems end by themselves, and a status may be older than the remedy, so each
/// problem has a time after which the wait is given up.
/// </summary>
internal sealed class Readiness(TimeProvider clock)
{
    private static readonly Dictionary<string, TimeSpan> GiveUpAfter = new()
    {
        [Reasons.InvalidSpec] = TimeSpan.Zero,
        [Reasons.ImageUnusable] = TimeSpan.FromSeconds(10),
        [Reasons.RestoreRefused] = TimeSpan.Zero,
        [Reasons.RestoreFailed] = TimeSpan.Zero,
        [Reasons.MajorVersionChange] = TimeSpan.FromSeconds(10),
        [Reasons.Conflict] = TimeSpan.FromSeconds(10),
        [Reasons.ConfigurationRefused] = TimeSpan.FromSeconds(10),
        [Reasons.ActionFailed] = TimeSpan.FromSeconds(30),
    };

    private string? problem;
    private long since;

    /// <summary>
    /// Whether nothing is left to wait for: the cluster is Ready, or it accepts writes and lacks only fenced former primaries.
    /// </summary>
    public static bool IsSettled(CortexCluster cluster) =>
        cluster.Status is { Promotion: null } status && IsIdle(cluster) && (StatusText.IsReady(cluster) || LacksOnlyFenced(status));

    /// <summary>Why to give up; null while waiting makes sense.</summary>
    public string? WhyGiveUp(CortexCluster cluster)
    {
        var found = Problem(cluster);
        if (found?.Reason != problem)
        {
            (problem, since) = (found?.Reason, clock.GetTimestamp());
        }

        return found is not null && clock.GetElapsedTime(since) >= GiveUpAfter[found.Reason] ? found.Message : null;
    }

    private static bool LacksOnlyFenced(ClusterStatus status) =>
        status.Instances.Any(instance => instance.State == InstanceStates.Running)
        && status.Instances.All(instance => instance.State is InstanceStates.Running or InstanceStates.Streaming or InstanceStates.Fenced);

    private static bool IsIdle(CortexCluster cluster) =>
        cluster.Status?.ObservedGeneration == cluster.Metadata.Generation
        && StatusText.Find(cluster, ConditionTypes.Progressing) is { Reason: Reasons.Idle };

    /// <summary>Only conditions of the current generation count.</summary>
    private static Condition? Problem(CortexCluster cluster) =>
        new[] { ConditionTypes.Ready, ConditionTypes.Progressing }
            .Select(type => StatusText.Find(cluster, type))
            .FirstOrDefault(condition => condition is not null
                && GiveUpAfter.ContainsKey(condition.Reason)
                && condition.ObservedGeneration == cluster.Metadata.Generation);
}
